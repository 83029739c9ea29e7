"""The parts that make and split data. PyTorch is not needed."""

from __future__ import annotations

import random
import unittest
from pathlib import Path

import numpy as np

from stanchion_training import corpus, forest, inject, metrics, schema, split
from stanchion_training.bags import matrix
from stanchion_training.corpus import Description, Unit, point


def unit(type_name: str, label: int, check: str = "c", lines: tuple = (), category: str = "secrets") -> Unit:
    """A unit with the type's line and some others."""
    told = (("type", type_name, "resource", 0), *lines)
    return Unit(Description(type_name, told), category, label, "cases", check)


class Operators(unittest.TestCase):
    def operator(self, path: str, kind: str = "bool") -> inject.Operator | None:
        seen = inject.spelled(path)
        return next((it for it in inject.OPERATORS if it.kind == kind and it.pattern.search(seen)), None)

    def test_hazards_and_guards_are_told_apart(self) -> None:
        self.assertEqual(self.operator("publicly_accessible").weak, ("true",))
        self.assertEqual(self.operator("no_public_ip").safe, ("true",))
        self.assertEqual(self.operator("storage_encrypted").safe, ("true",))
        self.assertEqual(self.operator("local_auth_enabled").weak, ("true",))
        self.assertIsNone(self.operator("apply_immediately"))

    def test_pairs_differ_in_the_decisive_path(self) -> None:
        lines = (("type", "t", "resource", 0), ("own", "storage_encrypted", "absent", 0), ("own", "size", "text", 0))
        weak = inject.with_value(lines, "storage_encrypted", "false")
        safe = inject.with_value(lines, "storage_encrypted", "true")
        self.assertEqual({line[1] for line in set(weak) ^ set(safe)}, {"storage_encrypted"})

    def test_an_absent_block_takes_what_is_in_it(self) -> None:
        lines = (("own", "logging.bucket", "text", 0), ("own", "name", "text", 0))
        self.assertEqual(
            inject.with_value(lines, "logging", "absent"), (("own", "logging", "absent", 0), ("own", "name", "text", 0))
        )

    def test_lines_are_in_the_order_of_the_encoder(self) -> None:
        lines = [("to-references", "a", "there", 0), ("own", "b", "true", 0), ("type", "x", "resource", 0)]
        lines += [("from-references", "a", "there", 0), ("own", "a", "true", 0), ("own", "b", "true", 3)]
        told = [(role, path) for role, path, *_ in corpus.canonical(lines)]
        wanted = [("type", "x"), ("own", "a"), ("own", "b"), ("from-references", "a"), ("to-references", "a")]
        self.assertEqual(told, wanted)

    def test_decoys_leave_the_decisive_line(self) -> None:
        rng = random.Random(0)
        lines = (("type", "t", "resource", 0), ("own", "acl", "literal private", 0), ("own", "size", "text", 0))
        for _ in range(50):
            kept = inject.decoys(lines, "acl", rng)
            self.assertIn(("own", "acl", "literal private"), [line[:3] for line in kept])


class Splits(unittest.TestCase):
    def test_folds_deal_every_group_once(self) -> None:
        groups = [f"g{n % 37}" for n in range(500)]
        dealt = split.folds(groups, 5, 0)
        self.assertEqual(sorted(group for fold in dealt for group in fold), sorted(set(groups)))

    def test_versions_and_variants_are_one_type(self) -> None:
        self.assertEqual(split.stem("kubernetes_pod_v1"), "kubernetes_pod")
        self.assertEqual(split.stem("azurerm_windows_web_app"), split.stem("azurerm_linux_web_app"))

    def test_a_copy_of_a_test_unit_does_not_train(self) -> None:
        lines = (("own", "acl", "literal private", 0),)
        self.assertEqual(split.twins_apart([unit("a", 0, lines=lines)], [unit("b", 1, lines=lines)]), [])

    def test_a_check_that_is_asked_does_not_train(self) -> None:
        train = [unit("a", 1, "one"), unit("b", 0, "two")]
        self.assertEqual(split.checks_apart(train, [unit("c", 0, "two")]), train[:1])


class Figures(unittest.TestCase):
    def test_a_perfect_score_is_one_and_a_constant_is_the_base_rate(self) -> None:
        units = [unit("t", n % 2, check=f"c{n // 4}") for n in range(40)]
        label = np.array([it.label for it in units], dtype=float)
        self.assertEqual(metrics.summary(units, label)["pr_auc"], 1.0)
        self.assertEqual(metrics.pair_accuracy(units, label), 1.0)
        constant = metrics.summary(units, np.zeros(40))
        self.assertEqual(constant["pr_auc"], 0.5)
        self.assertEqual(constant["pair_accuracy"], 0.5)
        self.assertEqual(constant["recall_at_90"], 0.0)

    def test_calibration_error_of_the_truth_is_nothing(self) -> None:
        units = [unit("t", n % 2) for n in range(40)]
        self.assertAlmostEqual(metrics.calibration_error(units, np.array([float(it.label) for it in units])), 0.0)

    def test_the_interval_holds_the_figure(self) -> None:
        units = [unit("t", n % 2, check=f"c{n // 4}") for n in range(80)]
        scores = np.array([it.label + (n % 7) / 4 for n, it in enumerate(units)])
        drawn = metrics.draws(units)
        for figure, values in (
            (metrics.pair_accuracy(units, scores), metrics.drawn_pair_accuracy(units, [scores], drawn)),
            (metrics.mean(metrics.average_precision(units, scores)), metrics.drawn_pr_auc(units, [scores], drawn)),
        ):
            low, high = metrics.interval(values)
            self.assertLess(low, figure)
            self.assertGreater(high, figure)

    def test_a_check_that_is_drawn_twice_counts_twice(self) -> None:
        units = [unit("t", n % 2, check=f"c{n // 4}") for n in range(80)]
        self.assertTrue((metrics.draws(units).sum(1) == 80).all())
        scores = np.array([float(it.label) if it.check == "c0" else 0.0 for it in units])
        once, twice = np.ones(80), np.array([1.0 + (it.check == "c0") for it in units])
        values = metrics.drawn_pair_accuracy(units, [scores], np.array([once, twice]))
        np.testing.assert_allclose(values, [(1 + 19 * 0.5) / 20, (2 + 19 * 0.5) / 21])


class Corpus(unittest.TestCase):
    def test_decisive_lines_are_those_the_nearest_twin_lacks(self) -> None:
        bad = unit("t", 1, lines=(("own", "acl", "literal public", 0), ("own", "size", "text", 0)))
        good = unit("t", 0, lines=(("own", "acl", "literal private", 0), ("own", "size", "text", 0)))
        point([bad, good])
        self.assertEqual((bad.decisive, good.decisive), ((1,), (1,)))


class Schema(unittest.TestCase):
    def test_words_of_every_spelling(self) -> None:
        self.assertEqual(schema.words("kmsKeyId"), ["kms", "key", "id"])
        self.assertEqual(schema.words("kms_key_id"), ["kms", "key", "id"])

    def test_embedded_data_is_in_order(self) -> None:
        model = Path(__file__).parents[2] / "model"
        names = [line.split("\t")[0] for line in (model / "attributes.txt").read_text().splitlines()]
        self.assertEqual(names, sorted(set(names)))
        self.assertGreater(len(names), 2000)


class Forests(unittest.TestCase):
    def test_mixtures_are_descriptions_of_the_first_parent_s_type(self) -> None:
        units = [
            unit("a", 1, lines=tuple(("own", f"a_{i}", "true", 0) for i in range(8))),
            unit("b", 0, lines=tuple(("own", f"b_{i}", "text", 0) for i in range(90))),
        ]
        mixed = forest.mixtures(units, 60, seed=1)
        self.assertEqual(len(mixed), 60)
        for each in mixed:
            parent = units[each.parents[0]].description
            self.assertEqual(each.description.type, parent.type)
            self.assertEqual(each.description.lines, corpus.canonical(each.description.lines))
            self.assertLessEqual(len(each.description.lines), 64)
            known = {line for i in each.parents for line in units[i].description.lines}
            self.assertLessEqual(set(each.description.lines), known)
        self.assertTrue(any(each.parents[0] != each.parents[1] for each in mixed))

    def test_a_forest_says_more_of_what_is_weak_on_every_type(self) -> None:
        def told(value: str, i: int = 0) -> tuple:
            return ("own", "backup", value, 0), ("own", f"size_{i % 7}", "number few", 0)

        units = [unit("a", 1 - i % 2, lines=told("true" if i % 2 else "false", i)) for i in range(80)]
        bags = matrix([each.description for each in units], forest.SIZE)
        asked = [unit("new", 0, lines=told(value)).description for value in ("false", "true")]
        weak, safe = forest.Forest(units, bags).says(matrix(asked, forest.SIZE))
        self.assertGreater(weak, safe + 0.5)

    def test_neighbours_can_be_left_out(self) -> None:
        lines = (("type", "aws_a", "resource", 0), ("own", "x", "true", 0), ("to-references", "aws_b", "there", 0))
        self.assertEqual(forest.alone(corpus.Description("aws_a", lines)).lines, lines[:2])
