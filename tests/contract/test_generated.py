"""What proves that gen/ is fresh."""

from pathlib import Path

from deploy.contracts.generate import differences


def test_a_stale_a_missing_and_a_left_over_file_are_named(tmp_path: Path) -> None:
    fresh, committed = tmp_path / "fresh", tmp_path / "gen"
    for root, names in ((fresh, ("same", "stale", "missing")), (committed, ("same", "stale"))):
        (root / "python").mkdir(parents=True)
        for name in names:
            (root / "python" / name).write_text(name)
    (committed / "python" / "stale").write_text("STALE")
    (committed / "left_over").write_text("")
    assert differences(fresh, committed) == ["left_over", "python/missing", "python/stale"]
    assert not differences(fresh, fresh)
