"""The trained network as an ONNX graph, node by node, so that every operator is one that tract has."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from .corpus import Description
from .encode import Encoded
from .network import CROSSES, LIMIT, LINE_WORDS, PATH_WORDS, SUBWORDS, LineCnn
from .precedents import Precedent, by_key, marked
from .train import gather

OPSET = 17


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

    def add(self, operator: str, *inputs: str, **attributes: object) -> str:
        """A node; gives the name of its output."""
        name = f"{operator.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [name], **attributes))
        return name

    def linear(self, name: str, layer: nn.Linear, x: str) -> str:
        """`x @ W.T + b` on the last axis."""
        weight = self.constant(f"{name}.weight", layer.weight.detach().numpy().T.astype(np.float32))
        bias = self.constant(f"{name}.bias", layer.bias.detach().numpy().astype(np.float32))
        return self.add("Add", self.add("MatMul", x, weight), bias)

    def convolution(self, name: str, layer: nn.Conv1d, x: str) -> str:
        """A convolution of width 3 that keeps the length."""
        weight = self.constant(f"{name}.weight", layer.weight.detach().numpy())
        bias = self.constant(f"{name}.bias", layer.bias.detach().numpy())
        return self.add("Conv", x, weight, bias, kernel_shape=[3], pads=[1, 1], group=layer.groups)

    def part(self, x: str, start: int, end: int) -> str:
        """`x[:, start:end]`."""
        bounds = [self.constant(f"int.{value}", np.array([value], dtype=np.int64)) for value in (start, end, 1)]
        return self.add("Slice", x, *bounds)


def graph(model: LineCnn) -> onnx.ModelProto:
    """The calibrated network: `words`, `lines`, `crosses`, `rows` in; `logits`, `contributions` out."""
    b = Builder()
    axis = lambda value: b.constant(f"int.{value}", np.array([value], dtype=np.int64))  # noqa: E731
    table = b.constant("embedding", model.embedding.weight.detach().numpy())
    meaning = b.add("ReduceSum", b.add("Gather", table, "words", axis=0), axis(1), keepdims=0)
    tokens = b.add("Gather", meaning, "lines", axis=0)
    path = b.add("Transpose", b.part(tokens, 0, PATH_WORDS), perm=[0, 2, 1])
    seen = b.add("ReduceMax", b.add("Relu", b.convolution("words_conv", model.words, path)), axes=[2], keepdims=0)
    seen = b.add("Relu", b.linear("path", model.path, seen))
    flat = b.constant("shape.flat", np.array([-1, model.value.in_features], dtype=np.int64))
    value = b.add("Reshape", b.part(tokens, PATH_WORDS, LINE_WORDS - 1), flat)
    one = b.constant("shape.role", np.array([-1, model.role.in_features], dtype=np.int64))
    role = b.add("Reshape", b.part(tokens, LINE_WORDS - 1, LINE_WORDS), one)
    crossed = b.add("Mul", seen, b.add("Tanh", b.linear("gate", model.gate, value)))
    said = b.add("Add", b.linear("value", model.value, value), b.linear("role", model.role, role))
    vectors = b.add("Relu", b.linear("line", model.line, b.add("Concat", seen, crossed, said, axis=1)))

    zero = b.constant("zero", np.array(0, dtype=np.int64))
    mask = b.add("Unsqueeze", b.add("Cast", b.add("Greater", "rows", zero), to=TensorProto.FLOAT), axis(2))
    own = b.add("Mul", b.add("Gather", vectors, "rows", axis=0), mask)
    turned = b.add("Transpose", own, perm=[0, 2, 1])
    around = b.add("Transpose", b.convolution("siblings", model.siblings, turned), perm=[0, 2, 1])
    mixed = b.add("Relu", b.linear("mix", model.mix, b.add("Relu", around)))
    own = b.add("Add", own, b.add("Mul", mixed, mask))
    first = b.add("Gather", own, zero, axis=1)
    most = b.add("ReduceMax", own, axes=[1], keepdims=0)
    context = b.add("Relu", b.linear("context", model.context, b.add("Concat", most, first, axis=1)))
    given = b.add("Unsqueeze", b.linear("given", model.given, context), axis(1))
    hidden = b.add("Relu", b.add("Add", b.linear("hidden", model.hidden, own), given))

    table = b.constant("wide", model.wide.weight.detach().numpy())
    wide = b.add("ReduceSum", b.add("Gather", table, "crosses", axis=0), axis(1), keepdims=0)
    weight = (model.share.weight + model.any.weight).detach().numpy().T
    bias = (model.share.bias + model.any.bias).detach().numpy()
    share = b.add("MatMul", hidden, b.constant("share.weight", weight.astype(np.float32)))
    share = b.add("Add", share, b.constant("share.bias", bias.astype(np.float32)))
    limit = b.constant("limit", np.array(LIMIT, dtype=np.float32))
    share = b.add("Tanh", b.add("Div", share, limit))
    scale = 1.0 / model.temperature.detach().numpy()
    share = b.add("Add", b.add("Mul", share, limit), b.add("Gather", wide, "rows", axis=0))
    share = b.add("Mul", share, b.constant("scale", scale.astype(np.float32)))
    b.nodes.append(helper.make_node("Mul", [share, mask], ["contributions"]))
    total = b.add("ReduceSum", "contributions", axis(1), keepdims=0)
    base_weight = b.constant("base.weight", (model.bias.weight.detach().numpy().T * scale).astype(np.float32))
    base_bias = model.bias.bias.detach().numpy() * scale + model.shift.detach().numpy()
    base = b.add("Add", b.add("MatMul", context, base_weight), b.constant("base.bias", base_bias.astype(np.float32)))
    b.nodes.append(helper.make_node("Add", [total, base], ["logits"]))

    info = helper.make_tensor_value_info
    n = model.share.out_features
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
