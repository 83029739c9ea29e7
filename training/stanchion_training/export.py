"""The trained network as an ONNX graph, node by node, so that every operator is one that tract has.

The graph is run as it stands: to optimize it would take longer than the check of a small file. So what is linear
is folded into as few matrices as there can be, biases and masks among them, and hardly any node is element-wise:
those cost the most in tract. `tests/test_network.py` holds it against the network, `tests/it/model.rs` tract against it.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor

from .corpus import Description
from .encode import Encoded
from .network import CROSSES, LIMIT, LINE_WORDS, PATH_WORDS, SUBWORDS, VALUE_WORDS, LineCnn
from .precedents import Precedent, by_key, marked
from .train import gather

OPSET = 17
#: What a line that is not there adds, so that nothing is left of it.
NEVER = -1e4
#: The end of an axis.
END = 2**31 - 1


class Builder:
    """Nodes and constants of a graph."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, name: str, value: np.ndarray) -> str:
        """A named constant."""
        if all(constant.name != name for constant in self.constants):
            self.constants.append(numpy_helper.from_array(np.asarray(value, order="C"), name))
        return name

    def integers(self, *values: int) -> str:
        """A constant list: of axes, bounds, or lengths."""
        return self.constant("int." + ".".join(map(str, values)), np.array(values, dtype=np.int64))

    def add(self, operator: str, *inputs: str, **attributes: object) -> str:
        """A node; gives the name of its output."""
        name = f"{operator.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [name], **attributes))
        return name

    def times(self, x: str, name: str, matrix: np.ndarray) -> str:
        """`x @ matrix`."""
        return self.add("MatMul", x, self.constant(name, matrix.astype(np.float32)))

    def relu(self, x: str) -> str:
        """`max(x, 0)`; this way tract has it in one pass."""
        return self.add("LeakyRelu", x, alpha=0.0)

    def part(self, x: str, start: int, end: int, axis: int) -> str:
        """`x[start:end]` on an axis."""
        return self.add("Slice", x, *(self.integers(value) for value in (start, end, axis)))

    def beside(self, *parts: str) -> str:
        """Matrices beside each other."""
        return self.add("Concat", *parts, axis=1)

    def pick(self, table: str, rows: str) -> str:
        """[N, K]: the rows of a table that numbers of any shape name, one after the other."""
        return self.add("Gather", table, self.add("Reshape", rows, self.integers(-1)), axis=0)

    def sum_of(self, table: str, rows: str) -> str:
        """[N, K]: of `rows` [N, M], the rows of a table added up."""
        turned = self.add("Transpose", rows, perm=[1, 0])
        return self.add("ReduceSum", self.add("Gather", table, turned, axis=0), self.integers(0), keepdims=0)

    def tokens(self, meaning: str, lines: str, start: int, end: int) -> str:
        """[U, (end - start) E]: the meanings of some words of each line, one after the other."""
        found = self.add("Gather", meaning, self.part(lines, start, end, 1), axis=0)
        return self.add("Flatten", found, axis=1)


def numbers(tensor: Tensor) -> np.ndarray:
    """As numpy has it."""
    return tensor.detach().numpy().astype(np.float32)


def line_vectors(b: Builder, model: LineCnn) -> str:
    """[U, width + 2]: `LineCnn.line_vectors`, then whether the line is there, and whether it is not."""
    width = model.path.in_features
    meaning = b.sum_of(b.constant("embedding", numbers(model.embedding.weight)), "words")
    zero = b.constant("zero", np.array(0, dtype=np.int64))
    role = b.part("lines", LINE_WORDS - 1, LINE_WORDS, 1)
    there = b.add("Cast", b.add("Greater", role, zero), to=TensorProto.FLOAT)
    taps = numbers(model.words.weight).transpose(2, 1, 0)
    seen = ""
    for at in range(PATH_WORDS):
        start, end = max(at - 1, 0), min(at + 2, PATH_WORDS)
        matrix = np.concatenate([taps[word - at + 1] for word in range(start, end)])
        here = b.times(b.tokens(meaning, "lines", start, end), f"words.{start - at}.{end - at}", matrix)
        seen = b.add("Max", seen, here) if seen else here
    seen = b.relu(b.add("Add", seen, b.constant("words.bias", numbers(model.words.bias))))
    path = np.concatenate([numbers(model.path.weight).T, numbers(model.path.bias)[None]])
    seen = b.relu(b.times(b.beside(seen, there), "path", path))
    worth = b.beside(b.tokens(meaning, "lines", PATH_WORDS, LINE_WORDS), there)
    of_value, of_role = numbers(model.value.weight).T, numbers(model.role.weight).T
    gate = np.concatenate([numbers(model.gate.weight).T, np.zeros_like(of_role), numbers(model.gate.bias)[None]])
    crossed = b.add("Mul", seen, b.add("Tanh", b.times(worth, "gate", gate)))
    line = numbers(model.line.weight).T
    said = np.concatenate([of_value, of_role, numbers(model.value.bias + model.role.bias)[None]]) @ line[2 * width :]
    said[-1] += numbers(model.line.bias)
    matrix = np.pad(np.concatenate([line[: 2 * width], said]), ((0, 0), (0, 2)))
    matrix[-1, width] = 1
    vectors = b.relu(b.times(b.beside(seen, crossed, worth), "line", matrix))
    nothing = np.eye(1, width + 2, width + 1, dtype=np.float32)
    return b.add("Concat", b.constant("nothing", nothing), b.part(vectors, 1, END, 0), axis=0)


def among_siblings(b: Builder, model: LineCnn, vectors: str) -> str:
    """[B L, width + 2]: of each line of each resource its vector and what its neighbours in order make of it."""
    width = model.mix.in_features
    size = width + 2
    nothing = b.add("Mul", b.part("rows", 0, 1, 1), b.constant("zero", np.array(0, dtype=np.int64)))
    before = b.beside(nothing, b.part("rows", 0, -1, 1))
    after = b.beside(b.part("rows", 1, END, 1), nothing)
    own = b.pick(vectors, "rows")
    siblings = np.zeros((3, size, size))
    siblings[:, range(width), range(width)] = numbers(model.siblings.weight)[:, 0].T
    siblings[1, width, :width] = numbers(model.siblings.bias)
    siblings[1, [width, width + 1], [width, width + 1]] = 1
    around = b.relu(b.times(b.beside(b.pick(vectors, before), own, b.pick(vectors, after)), "siblings", siblings.reshape(3 * size, size)))
    mix = np.zeros((size, size))
    mix[:width, :width] = numbers(model.mix.weight).T
    mix[width, :width] = numbers(model.mix.bias)
    mix[width + 1, :width] = NEVER
    return b.add("Add", own, b.relu(b.times(around, "mix", mix)))


def graph(model: LineCnn) -> onnx.ModelProto:
    """The calibrated network: `words`, `lines`, `crosses`, `rows` in; `logits`, `contributions` out."""
    b = Builder()
    width, n = model.mix.in_features, model.share.out_features
    size = width + 2
    vectors = line_vectors(b, model)
    own = among_siblings(b, model, vectors)
    zero = b.constant("zero", np.array(0, dtype=np.int64))
    shape = b.add("Shape", "rows")

    whole = b.add("Reshape", own, b.add("Concat", shape, b.integers(size), axis=0))
    first = b.add("Gather", whole, zero, axis=1)
    most = b.add("ReduceMax", b.add("Transpose", whole, perm=[0, 2, 1]), axes=[2], keepdims=0)
    of_most, of_first = np.split(numbers(model.context.weight).T, 2)
    matrix = np.zeros((2 * size, width))
    matrix[:width], matrix[size : size + width] = of_most, of_first
    matrix[width] = numbers(model.context.bias)
    context = b.relu(b.times(b.beside(most, first), "context", matrix))

    count = b.add("Range", zero, b.add("Gather", shape, zero, axis=0), b.constant("one", np.array(1, dtype=np.int64)))
    which = b.add("Add", b.add("Mul", "rows", zero), b.add("Unsqueeze", count, b.integers(1)))
    given = b.pick(context, which)
    matrix = np.zeros((size + width, width + 1))
    matrix[:width, :width] = numbers(model.hidden.weight).T
    matrix[width, :width] = numbers(model.hidden.bias + model.given.bias)
    matrix[width, width] = 1
    matrix[width + 1] = NEVER
    matrix[size:, :width] = numbers(model.given.weight).T
    hidden = b.relu(b.times(b.beside(own, given), "hidden", matrix))

    scale = numbers(1.0 / model.temperature)
    table = b.constant("wide", numbers(model.wide.weight) * scale)
    wide = b.pick(b.sum_of(table, "crosses"), "rows")
    matrix = np.concatenate([numbers(model.share.weight + model.any.weight).T, numbers(model.share.bias + model.any.bias)[None]])
    share = b.add("Tanh", b.times(hidden, "share", matrix / LIMIT))
    share = b.add("Add", b.add("Mul", share, b.constant("limit", LIMIT * scale)), wide)
    shares = b.add("Concat", shape, b.integers(n), axis=0)
    b.nodes.append(helper.make_node("Reshape", [share, shares], ["contributions"]))
    total = b.add("ReduceSum", "contributions", b.integers(1), keepdims=0)
    base = b.constant("base.bias", numbers(model.bias.bias) * scale + numbers(model.shift))
    base = b.add("Add", b.times(context, "base", numbers(model.bias.weight).T * scale), base)
    b.nodes.append(helper.make_node("Add", [total, base], ["logits"]))

    info = helper.make_tensor_value_info
    made = helper.make_graph(
        b.nodes,
        "stanchion",
        [
            info("words", TensorProto.INT64, ["W", SUBWORDS]),
            info("lines", TensorProto.INT64, ["U", LINE_WORDS]),
            info("crosses", TensorProto.INT64, ["U", CROSSES]),
            info("rows", TensorProto.INT64, ["B", "L"]),
        ],
        [info("logits", TensorProto.FLOAT, ["B", n]), info("contributions", TensorProto.FLOAT, ["B", "L", n])],
        b.constants,
    )
    proto = helper.make_model(made, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="stanchion-training")
    proto.ir_version = 8
    onnx.checker.check_model(proto, full_check=True)
    return proto


def save(model: LineCnn, path: Path) -> None:
    """Writes the graph."""
    onnx.save(graph(model), path)


def vectors(path: Path, described: list[Description], encoded: Encoded, known: list[Precedent]) -> list[dict]:
    """What ONNX Runtime says of some descriptions, and which lines have a precedent: the product is held against it."""
    precedents = by_key(known)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    found = []
    for description in described:
        words, lines, crosses, rows = gather(encoded, encoded.rows[[encoded.keys[description.key]]])
        inputs = {"words": words, "lines": lines, "crosses": crosses, "rows": rows}
        logits = session.run(["logits"], {name: tensor.numpy() for name, tensor in inputs.items()})[0][0]
        found.append(
            {
                "description": {"type": description.type, "lines": [[*line[:3], 0] for line in description.lines]},
                "logits": [round(float(logit), 6) for logit in logits],
                "precedents": {str(line): sorted(names) for line, names in marked(description, precedents).items()},
            }
        )
    return found
