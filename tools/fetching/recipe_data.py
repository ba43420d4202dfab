"""Makes the tables that the studies run on when the data sets they were published with are not at hand: from film reviews.

Every table is a pure function of the reviews' file: no draws, no clock, and the same bytes each time.
"""
import csv
import json

from .cache import fail

LABELS = {"fresh": "positive", "rotten": "negative"}
FIELDS = ("text", "label", "film")


def read_reviews(path):
    """Read the demo's reviews as rows of text, label and film, in their order."""
    with open(path, encoding="utf-8", newline="") as source:
        rows = list(csv.DictReader(source))
    for number, row in enumerate(rows, 1):
        if row["category"] not in LABELS:
            fail(3, f"{path}: row {number}: category is '{row['category']}', expected one of {', '.join(LABELS)}")
    return [{"text": row["text"], "label": LABELS[row["category"]], "film": row["movie_name"]} for row in rows]


def by_film(rows):
    """Group rows by film; films stand in the order in which they first appear."""
    films = {}
    for row in rows:
        films.setdefault(row["film"], []).append(row)
    return films


def write_table(path, rows):
    with open(path, "w", encoding="utf-8", newline="") as sink:
        writer = csv.DictWriter(sink, FIELDS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def documents_of(films):
    return [{"text": " ".join(row["text"].strip() for row in rows), "film": film} for film, rows in films.items()]


def write_documents(folder, documents):
    """Write one document a film: as JSON lines, and as Parquet where pyarrow is installed."""
    with open(folder / "documents.jsonl", "w", encoding="utf-8") as sink:
        for document in documents:
            sink.write(json.dumps(document, ensure_ascii=False) + "\n")
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        return
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(documents), folder / "documents.parquet")


def write_recipe_data(reviews, folder):
    """Write reviews.csv, its halves reviews-train.csv and reviews-test.csv that share no film, and documents.jsonl."""
    rows = read_reviews(reviews)
    films = by_film(rows)
    halves = [[row for film in list(films)[first::2] for row in films[film]] for first in (0, 1)]
    folder.mkdir(parents=True)
    write_table(folder / "reviews.csv", rows)
    write_table(folder / "reviews-train.csv", halves[0])
    write_table(folder / "reviews-test.csv", halves[1])
    write_documents(folder, documents_of(films))
