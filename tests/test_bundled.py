from __future__ import annotations

import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from veille.embed.bundled import (
    CONTENTS,
    Tensor,
    build_bundled,
    build_name,
    build_numbers,
    build_tokenizer,
    bundled_folder,
    bundled_is_built,
    find_numbers,
    parse_weights,
)

BUILD = """
import sys; from pathlib import Path; from veille.embed.bundled import build_bundled
build_bundled(Path(sys.argv[1]))
"""


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache in which two processes have built the model at the same time."""
    cache = tmp_path_factory.mktemp("cache")
    builders = [subprocess.Popen([sys.executable, "-c", BUILD, str(cache)]) for _ in range(2)]
    assert [builder.wait(timeout=120) for builder in builders] == [0, 0]
    return cache


def test_two_processes_that_build_at_once_leave_one_whole_folder(cache: Path) -> None:
    """Building twice at the same time gives one complete folder and no remains."""
    assert bundled_is_built(bundled_folder(cache))
    assert [path.name for path in cache.iterdir() if path.is_dir()] == [bundled_folder(cache).name]


def test_a_folder_that_is_there_is_not_built_again(cache: Path) -> None:
    """A whole folder is used as it is, with no progress to report."""
    weights = bundled_folder(cache) / "model.safetensors"
    before, seen = weights.stat().st_mtime_ns, list[float]()
    assert build_bundled(cache, seen.append) == bundled_folder(cache)
    assert weights.stat().st_mtime_ns == before
    assert seen == []


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json", CONTENTS])
def test_a_damaged_folder_is_built_anew(cache: Path, name: str) -> None:
    """One wrong byte in a file, or a cut one, and the folder is replaced by a good one."""
    folder = bundled_folder(cache)
    whole = (folder / name).read_bytes()
    (folder / name).write_bytes(whole[: len(whole) // 2])
    assert not bundled_is_built(folder)
    seen: list[float] = []
    build_bundled(cache, seen.append)
    assert (folder / name).read_bytes() == whole
    assert seen == sorted(seen)
    assert (seen[0], seen[-1]) == (0.0, 1.0)


def test_four_bit_blocks_become_their_exact_numbers() -> None:
    """Byte j of a block holds number j in its low half and j + 16 in its high half, less 8, times the scale."""
    body = struct.pack("<e16B", 0.5, *range(16))
    numbers = np.concatenate(list(build_numbers(body, Tensor("x", True, 32, 0, len(body)), "F32")))
    assert numbers.tolist() == [(j - 8) * 0.5 for j in range(16)] + [-4.0] * 16


def test_bfloat16_is_rounded_as_torch_rounds() -> None:
    """To the nearest, and to the even one of two that are equally near."""
    import torch

    values = np.random.default_rng(0).normal(size=1000).astype(np.float32)
    values[:2] = np.array([0x3F808000, 0x3F818000], "<u4").view("<f4")  # half-way
    body = values.tobytes()
    (bits,) = build_numbers(body, Tensor("x", False, 1000, 0, len(body)), "BF16")
    expected = torch.from_numpy(values).to(torch.bfloat16).view(torch.int16).numpy()
    assert (bits.view("<i2") == expected).all()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("emb.word", "embeddings.word_embeddings.weight"),
        ("emb.ln.b", "embeddings.LayerNorm.bias"),
        ("l0.q.w", "encoder.layer.0.attention.self.query.weight"),
        ("l11.aln.w", "encoder.layer.11.attention.output.LayerNorm.weight"),
        ("l3.fo.b", "encoder.layer.3.output.dense.bias"),
    ],
)
def test_tensors_get_the_names_that_bert_has(name: str, expected: str) -> None:
    """Each short name of the weights file has one place in the model."""
    assert build_name(name) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\tb\u200bc", "a b c"),
        ("a\x01b\x7fc", "abc"),
        ("ﬁn   ½", "fin 1⁄2"),
        ("～", "～"),
        ("\ufeffa▁b", " a b"),
        ("e\u0301te\u0301", "été"),
    ],
)
def test_the_tokenizer_reads_text_in_its_normal_form(text: str, expected: str) -> None:
    """NFKC, controls gone, odd spaces plain, runs of spaces one, the full-width tilde as it is."""
    tokenizer = build_tokenizer([("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁", -1.0)])
    assert tokenizer.normalizer is not None
    assert tokenizer.normalizer.normalize_str(text) == expected


def test_another_file_is_refused() -> None:
    """What does not begin like the weights file is not read as one."""
    with pytest.raises(ValueError, match="not a weights file"):
        parse_weights(b"GGUF" + bytes(100))


@pytest.mark.parametrize(
    ("flags", "expected"),
    [("fpu avx2 avx512f", "F32"), ("fpu avx512f avx512_bf16 clzero", "BF16"), ("amx_bf16 amx_tile", "BF16")],
)
def test_numbers_follow_the_processor(tmp_path: Path, flags: str, expected: str) -> None:
    """bfloat16 only where the processor has instructions for it."""
    (tmp_path / "cpuinfo").write_text(f"processor : 0\nflags : {flags}\n", encoding="utf-8")
    assert find_numbers(tmp_path / "cpuinfo") == expected
    assert find_numbers(tmp_path / "none") == "F32"
