"""Train the detector on rendered scenes and export it: `python -m deploy.detector.train`.

It needs the packages of requirements/train.txt, and no accelerator: two cores do it in about ten
minutes. The same seed on the same packages and machine type gives the same model.
"""

import argparse
import sys
import time
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax import Array

from deploy.detector.dataset import Samples, make_samples
from deploy.detector.export import export
from deploy.detector.learning import Params, initial_params, loss
from deploy.detector.serving import MODEL_FILE

_BATCH = 16
_AVERAGED_STEPS = 200
"""The exported weights are a running mean over about so many steps."""


class _Fit(NamedTuple):
    """Where training stands: the weights, their running mean and the optimizer's memory."""

    params: Params
    mean: Params
    state: optax.OptState


def train(samples: Samples, steps: int, seed: int) -> Params:
    """Fit the network: AdamW, one warm-up and one cosine, batches drawn without replacement."""
    schedule = optax.warmup_cosine_decay_schedule(0.0, 3e-3, steps // 20, steps)
    optimizer = optax.chain(
        optax.clip_by_global_norm(10.0), optax.adamw(schedule, weight_decay=1e-4)
    )
    start = initial_params(seed)
    fit = _Fit(start, start, optimizer.init(start))
    update = jax.jit(partial(_update, optimizer))
    rng = np.random.default_rng(seed)
    started = time.monotonic()
    recent: list[Array] = []
    for step, chosen in enumerate(_batches(rng, len(samples.images), steps), start=1):
        images, objects = _augmented(rng, samples, chosen)
        fit, value = update(fit, images, objects)
        recent.append(value)
        if step % 50 == 0:
            figure = float(np.mean(recent))
            _say(f"step {step}/{steps}  loss {figure:.3f}  {time.monotonic() - started:.0f} s")
            recent.clear()
    return fit.mean


def _batches(rng: np.random.Generator, count: int, steps: int) -> list[np.ndarray]:
    epochs = -(-steps * _BATCH // count)
    order = np.concatenate([rng.permutation(count) for _ in range(epochs)])
    return list(order[: steps * _BATCH].reshape(steps, _BATCH))


def _augmented(
    rng: np.random.Generator, samples: Samples, chosen: np.ndarray
) -> tuple[Array, Array]:
    """Change contrast and brightness of each picture, and mirror every second one."""
    images = samples.images[chosen].astype(np.float32)
    objects = samples.objects[chosen].copy()
    mirrored = rng.random(len(chosen)) < 0.5
    images[mirrored] = images[mirrored, :, ::-1]
    objects[mirrored, :, 0], objects[mirrored, :, 2] = (
        images.shape[2] - objects[mirrored, :, 2],
        images.shape[2] - objects[mirrored, :, 0],
    )
    contrast = rng.uniform(0.8, 1.2, (len(chosen), 1, 1, 1)).astype(np.float32)
    brightness = rng.uniform(-20, 20, (len(chosen), 1, 1, 1)).astype(np.float32)
    images = np.clip((images - 128) * contrast + 128 + brightness, 0, 255)
    return jnp.asarray(images), jnp.asarray(objects)


def _update(
    optimizer: optax.GradientTransformation, fit: _Fit, images: Array, objects: Array
) -> tuple[_Fit, Array]:
    value, gradient = jax.value_and_grad(loss)(fit.params, images, objects)
    changes, state = optimizer.update(gradient, fit.state, fit.params)
    params = optax.apply_updates(fit.params, changes)
    mean = optax.incremental_update(params, fit.mean, 1 / _AVERAGED_STEPS)
    return _Fit(params, mean, state), value


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    """Render, train, export."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=int, default=1100, help="scenes to learn from")
    parser.add_argument("--steps", type=int, default=2500, help="batches of 16 pictures")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    started = time.monotonic()
    samples = make_samples(range(arguments.clips))
    _say(f"{len(samples.images)} pictures rendered in {time.monotonic() - started:.0f} s")
    params = train(samples, arguments.steps, arguments.seed)
    export({name: (np.asarray(w), np.asarray(b)) for name, (w, b) in params.items()})
    _say(f"{MODEL_FILE.name}: {MODEL_FILE.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
