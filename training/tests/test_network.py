"""The network and the graph that is exported of it. Needs PyTorch, ONNX and ONNX Runtime."""

from __future__ import annotations

import importlib.util
import unittest

import numpy as np

LACKING = [name for name in ("torch", "onnx", "onnxruntime") if importlib.util.find_spec(name) is None]


@unittest.skipIf(LACKING, f"not installed: {', '.join(LACKING)}")
class Export(unittest.TestCase):
    def test_the_graph_says_what_the_network_says(self) -> None:
        import onnxruntime
        import torch

        from stanchion_training import export, network

        torch.manual_seed(0)
        model = network.LineCnn(9).eval()
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.copy_(torch.randn_like(parameter) * 0.15)
            model.embedding.weight[0] = 0
            model.wide.weight[0] = 0
            model.temperature.uniform_(0.5, 2.0)

        def draw(high: int, *shape: int) -> torch.Tensor:
            return torch.randint(1, high, shape)

        inputs = {
            "words": draw(network.BUCKETS, 40, network.SUBWORDS),
            "lines": draw(40, 30, network.LINE_WORDS),
            "crosses": draw(network.CROSS_BUCKETS, 30, network.CROSSES),
            "rows": draw(30, 5, 11),
        }
        for name in ("words", "lines", "crosses"):
            inputs[name][0] = 0
        inputs["lines"][::3, :5] = 0
        inputs["rows"][1, 7:] = 0
        inputs["rows"][2, 1:] = 0
        with torch.no_grad():
            logits, shares = model(*inputs.values())
        session = onnxruntime.InferenceSession(export.graph(model).SerializeToString(), providers=["CPUExecutionProvider"])
        found = session.run(["logits", "contributions"], {name: tensor.numpy() for name, tensor in inputs.items()})
        np.testing.assert_allclose(found[0], logits.numpy(), rtol=1e-4, atol=1e-4)
        np.testing.assert_allclose(found[1], shares.numpy(), rtol=1e-4, atol=1e-4)


if __name__ == "__main__":
    unittest.main()
