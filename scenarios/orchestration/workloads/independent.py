"""What somebody else's code says of the same numbers. Slow to import, so only where it is asked for."""

from __future__ import annotations

from typing import Any


def ndcg_by_sklearn(scores: Any, grades: Any, top: int = 10) -> float:
    """Return scikit-learn's mean NDCG of the first `top` items, for scores and grades (lists, items)."""
    from sklearn.metrics import ndcg_score

    return float(ndcg_score(grades, scores, k=top))
