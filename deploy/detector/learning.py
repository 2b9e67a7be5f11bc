"""The network in JAX: its forward pass, what it should answer, and how far off it is."""

from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from deploy.detector.boxes import LABELS
from deploy.detector.network import CONVS, HEAT, SIDES, STRIDE, Conv, build

Params = dict[str, tuple[Array, Array]]
"""For each convolution its weights (height, width, in, out) and bias (out,)."""

_RARE = 0.02
"""The heat that an untrained network gives everywhere, so that early steps are calm."""


@dataclass(frozen=True, slots=True)
class JaxOps:
    """The network's operations on (batch, height, width, channel) arrays."""

    params: Params

    def conv(self, spec: Conv, x: Array) -> Array:
        """Convolve with the weights that carry the spec's name."""
        weights, bias = self.params[spec.name]
        pad = (spec.kernel // 2, spec.kernel // 2)
        y: Array = jax.lax.conv_general_dilated(
            x,
            weights,
            (spec.stride, spec.stride),
            (pad, pad),
            dimension_numbers=("NHWC", "HWIO", "NHWC"),
        )
        return y + bias

    def relu(self, x: Array) -> Array:
        """Set negative values to zero."""
        return jnp.maximum(x, 0)

    def add(self, a: Array, b: Array) -> Array:
        """Add two tensors of one shape."""
        return a + b

    def double(self, x: Array) -> Array:
        """Repeat every cell twice, both ways."""
        return jnp.repeat(jnp.repeat(x, 2, axis=1), 2, axis=2)


def initial_params(seed: int) -> Params:
    """Draw weights after He et al. 2015; the two outputs start small."""
    rng = np.random.default_rng(seed)
    params: Params = {}
    for spec in CONVS:
        fan_in = spec.kernel**2 * spec.inputs
        gain = 0.1 if spec in (HEAT, SIDES) else np.sqrt(2.0)
        shape = (spec.kernel, spec.kernel, spec.inputs, spec.outputs)
        weights = rng.standard_normal(shape, np.float32) * np.float32(gain / np.sqrt(fan_in))
        start = {HEAT: np.log(_RARE / (1 - _RARE)), SIDES: 1.0}.get(spec, 0.0)
        bias = np.full(spec.outputs, start, np.float32)
        params[spec.name] = (jnp.asarray(weights), jnp.asarray(bias))
    return params


def loss(params: Params, images: Array, objects: Array) -> Array:
    """The mean loss of a batch: images 0..255 (n, h, w, 3), objects as in dataset.Samples."""
    logits, sides = build(JaxOps(params), images / 127.5 - 1)
    centres = _cell_centres(logits.shape[1], logits.shape[2])
    parts = jax.vmap(_image_loss, in_axes=(0, 0, 0, None))(logits, sides, objects, centres)
    return jnp.mean(parts)


def _cell_centres(rows: int, columns: int) -> Array:
    """The middle of every cell in pixels: (rows, columns, 2) as x, y."""
    ys, xs = jnp.meshgrid(jnp.arange(rows), jnp.arange(columns), indexing="ij")
    return (jnp.stack((xs, ys), axis=-1) + 0.5) * STRIDE


def _image_loss(logits: Array, sides: Array, objects: Array, centres: Array) -> Array:
    real = objects[:, 5] == 1
    pull = _pull(objects, centres) * real[:, None, None]
    classes = jax.nn.one_hot(objects[:, 4].astype(jnp.int32), len(LABELS))
    target = jnp.max(pull[..., None] * classes[:, None, None, :], axis=0)
    free = 1 - jnp.max(_ignored(objects, centres)[..., None] * classes[:, None, None, :], axis=0)
    count = jnp.maximum(jnp.sum(real), 1)
    return _heat_loss(logits, target, free) / count + _side_loss(sides, objects, pull, centres)


def _pull(objects: Array, centres: Array) -> Array:
    """How much each cell belongs to each object: (objects, rows, columns), 1 at its centre cell."""
    low, high = objects[:, None, None, :2], objects[:, None, None, 2:4]
    middle = (jnp.floor((low + high) / 2 / STRIDE) + 0.5) * STRIDE
    spread = jnp.maximum((high - low) * 0.1, STRIDE * 0.4)
    return jnp.exp(-jnp.sum(((centres - middle) / spread) ** 2, axis=-1) / 2)


def _ignored(objects: Array, centres: Array) -> Array:
    inside = (centres > objects[:, None, None, :2]) & (centres < objects[:, None, None, 2:4])
    return jnp.all(inside, axis=-1) & (objects[:, 5] == 0)[:, None, None]


def _heat_loss(logits: Array, target: Array, free: Array) -> Array:
    """Penalty-reduced focal loss of "Objects as Points", alpha 2 and beta 4, summed."""
    heat = jax.nn.sigmoid(logits)
    hit = (1 - heat) ** 2 * jax.nn.softplus(-logits)
    miss = (1 - target) ** 4 * heat**2 * jax.nn.softplus(logits) * free
    return jnp.sum(jnp.where(target > 0.99, hit, miss))


def _side_loss(sides: Array, objects: Array, pull: Array, centres: Array) -> Array:
    """Generalised IoU loss (Rezatofighi et al. 2019) where a cell clearly belongs to an object."""
    owner = jnp.argmax(pull, axis=0)
    weight = jnp.max(pull, axis=0)
    weight = jnp.where(weight > 0.3, weight, 0)
    truth = objects[owner][..., :4]
    reach = STRIDE * jnp.exp(jnp.clip(sides, -5, 4))
    low, high = centres - reach[..., :2], centres + reach[..., 2:]
    shared = _area(jnp.maximum(low, truth[..., :2]), jnp.minimum(high, truth[..., 2:]))
    hull = _area(jnp.minimum(low, truth[..., :2]), jnp.maximum(high, truth[..., 2:]))
    union = _area(low, high) + _area(truth[..., :2], truth[..., 2:]) - shared
    overlap = shared / jnp.maximum(union, 1) - (hull - union) / jnp.maximum(hull, 1)
    return 2 * jnp.sum(weight * (1 - overlap)) / jnp.maximum(jnp.sum(weight), 1)


def _area(low: Array, high: Array) -> Array:
    return jnp.prod(jnp.maximum(high - low, 0), axis=-1)
