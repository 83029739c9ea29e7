"""`model/MODEL_CARD.md` from `model/figures.json` and from what people recorded in `training/card.md`."""

from __future__ import annotations

import json
from pathlib import Path

ORDER = (
    "majority", "size", "keywords", "linear", "trees", "forest", "network", "no-teacher", "no-injection", "no-neighbours", "scrambled"
)
TITLES = {
    "types": "Unseen resource types (headline)",
    "providers": "Unseen provider",
    "fixes": "Pairs of real fixes, unseen repositories",
    "ablations": "Ablations (two of the five folds of types, one seed)",
    "checks": "Unseen checks, types seen",
    "random": "Random split (a warning: twins stand on both sides)",
}


def interval(pair: list[float]) -> str:
    """`.70–.75`"""
    return f"{pair[0]:.3f} – {pair[1]:.3f}"


def table(rows: dict) -> list[str]:
    """One row a method."""
    lines = [
        "| method | macro PR-AUC | 95 % | pair accuracy | 95 % | recall at 90 % precision | ECE | decisive line first | seeds |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for method in ORDER:
        row = rows.get(method)
        if row is None:
            continue
        error = f"{row['calibration_error']:.3f}" if "calibration_error" in row else "–"
        first = row.get("decisive_line_first")
        pointed = f"{first:.3f} of {row['decisive_lines']}" if first is not None else "–"
        lines.append(
            f"| {method} | {row['pr_auc']:.3f} | {interval(row['pr_auc_interval'])} | {row['pair_accuracy']:.3f} "
            f"| {interval(row['pair_accuracy_interval'])} | {row['recall_at_90']:.3f} | {error} | {pointed} | {row['seeds']} |"
        )
    return lines


def write_card(target: Path) -> None:
    """Writes the card."""
    figures = json.loads((target / "figures.json").read_text())
    text = (Path(__file__).parents[1] / "card.md").read_text()
    lines: list[str] = []
    for name, title in TITLES.items():
        rows = figures["splits"].get(name)
        if rows is None:
            continue
        base = rows["network"]["base_rate"]
        lines += [f"### {title}", "", f"Base rate (macro): {base:.3f}.", "", *table(rows), ""]
        if "lead" in rows:
            lines += ["Lead of the network, 95 % by bootstrap over checks:", ""]
            lines += [
                f"- over {baseline}: PR-AUC {interval(lead['pr_auc'])}, pair accuracy {interval(lead['pair_accuracy'])}"
                for baseline, lead in rows["lead"].items()
            ]
            lines += [""]
        network = rows["network"]
        lines += [
            "Ranks are by logits as they come, of every method. Calibrated, each fold by the others, the network's PR-AUC is "
            f"{network['pr_auc_calibrated']:.3f}.",
            "",
        ]
        if network["seeds"] > 1:
            for key, title in (("pr_auc", "PR-AUC"), ("pair_accuracy", "Pair accuracy")):
                lines += [f"{title} of the seeds: " + ", ".join(f"{value:.3f}" for value in network[f"{key}_of_seeds"]) + ".", ""]
        if "injected_pairs" in network:
            lines += [
                f"Injected pairs of these types, which differ in one value: {network['injected_pairs_in_order']:.3f} of "
                f"{network['injected_pairs']} in order, the decisive line first in {network['injected_line_first']:.3f}. The line that "
                f"a suspicion would show first is decisive in {network['shown_line_first']:.3f} of {network['shown_lines']} cases.",
                "",
            ]
        if name in {"types", "providers"}:
            lines += ["| category | " + " | ".join(rows["network"]["pr_auc_by_category"]) + " |"]
            lines += ["|---|" + "---|" * len(rows["network"]["pr_auc_by_category"])]
            for row, method, key in (
                ("base rate", "network", "base_rate_by_category"),
                ("linear PR-AUC", "linear", "pr_auc_by_category"),
                ("forest PR-AUC", "forest", "pr_auc_by_category"),
                ("network PR-AUC", "network", "pr_auc_by_category"),
                ("network recall at 90 %", "network", "recall_at_90_by_category"),
            ):
                if method in rows:
                    lines += [f"| {row} | " + " | ".join(f"{value:.2f}" for value in rows[method][key].values()) + " |"]
            lines += [""]
        if name == "providers":
            lines += ["| provider | network PR-AUC | pair accuracy |", "|---|---|---|"]
            lines += [f"| {fold} | {row['pr_auc']:.3f} | {row['pair_accuracy']:.3f} |" for fold, row in rows["network"]["by_fold"].items()]
            lines += [""]
    units = ", ".join(f"{count} {name}" for name, count in figures["units"].items())
    lines += [f"Units: {units}. The whole run took {figures['minutes']} minutes on the machine that made these figures.", ""]
    (target / "MODEL_CARD.md").write_text(text.replace("<!-- figures -->", "\n".join(lines)))


if __name__ == "__main__":
    write_card(Path(__file__).parents[2] / "model")
