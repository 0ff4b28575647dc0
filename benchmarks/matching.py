"""Seconds to match 100,000 distinct texts. Run: ``python benchmarks/matching.py``."""

import random
import time

import pandas as pd

from uxomap.munitions._match import match_munition, match_munitions

SEED = 20240601
N_TEXTS = 100_000

WEAPONS = (
    *("Uragan", "Смерч", "Grad", "RBK-500", "РБК-500 ШОАБ-0,5", "9M27K", "CBU-58", "BLU-26", "M483A1 155mm", "Точка"),
    *("Iskander", "صاروخ غراد", "קטיושה", "mortar 120 mm", "cluster bomb", "CBU-{n}", "M{n}", "9M{n}K", "{w}"),
)
WORDS = (
    *("cluster munition", "rocket", "remnant", "касетні боєприпаси", "обстріл", "found in field", "неразорвавшийся"),
    *(
        "submunitions",
        "unexploded",
        "type not named",
        "near the school",
        "قنابل عنقودية",
        "high-explosive",
        "{w}",
        "{w}",
    ),
)
HOSTILE = {"long": "Uragan 9M27 касетний " * 50_000, "numbers": "1-2-3-" * 100_000, "one word": "x" * 10**6}


def make_texts(count: int) -> list[str]:
    """Distinct report wordings: names, words, numbers and words that nobody knows."""
    draw = random.Random(SEED)

    def fill(pattern: str) -> str:
        word = "".join(draw.choices("abcdefghijklmnoprstuv", k=draw.randint(4, 12)))
        return pattern.format(n=draw.randint(1, 999), w=word)

    texts: set[str] = set()
    while len(texts) < count:
        parts = [fill(draw.choice(WEAPONS)), *(fill(draw.choice(WORDS)) for _ in range(draw.randint(1, 6)))]
        texts.add(" ".join(parts) + f", {draw.randint(1, 60)} rounds")
    return sorted(texts)


def main() -> None:
    """Print the seconds for the index, for many texts and for the worst single text."""
    start = time.perf_counter()
    match_munition("first use builds the index")
    print(f"index: {time.perf_counter() - start:.2f} s")
    texts = pd.Series(make_texts(N_TEXTS))
    start = time.perf_counter()
    table = match_munitions(texts)
    seconds = time.perf_counter() - start
    print(f"{len(table):,} distinct texts: {seconds:.1f} s; ways: {table['match'].value_counts().to_dict()}")
    for name, text in HOSTILE.items():
        start = time.perf_counter()
        match_munition(text)
        print(f"worst text ({name}): {time.perf_counter() - start:.3f} s")


if __name__ == "__main__":
    main()
