"""What a re-enactment's facts say about a run of Sonde: its rows by part, its features' keys, its probes' answers."""
import math
from dataclasses import dataclass, field

TIE = 2e-3  # a score this near its threshold may fall on either side: it is the end of up to 1,000 steps of float32


@dataclass
class Probe:
    """One probe at one address. `place`: which of the study's probes it is. `metrics`: {name: (low, high)}."""

    name: str
    address: str
    place: int
    metrics: dict
    predictions: dict | None = None  # by numbered row
    scores: dict = field(default_factory=dict)  # by numbered row; the prediction turns where a score passes `turn`
    turn: float = 0.0
    numeric: bool = False

    def read(self, said):
        """What Sonde says, as the re-enactment says it: a class name, or a number rounded half to even."""
        return round(said) if self.numeric and said is not None else said

    def tie(self, row, said, near=TIE):
        """Whether a row stands so near where its prediction turns that rounding may decide."""
        if said is None or row not in self.scores:
            return False
        score = self.scores[row]
        if self.numeric:
            return abs(abs(score - math.floor(score)) - 0.5) < near * max(1.0, abs(score))
        return abs(score - self.turn) < near

    def slack(self, name):
        """How far a metric may be off: by the share of rows on the edge."""
        if not self.predictions or name not in ("accuracy", "rounded_accuracy"):
            return 0.0
        return sum(self.tie(row, 0) for row in self.predictions) / len(self.predictions)


@dataclass
class Expected:
    """What a run should hold. `feature_keys`: part and numbered row of each row of the features; `best`: the chosen address,
    or empty."""

    rows: dict
    feature_keys: list
    probes: list
    best: str = ""

    @staticmethod
    def last_state(names):
        """The highest hidden[i] among names: what hidden[-1] is when written out."""
        states = [name for name in names if name.startswith("hidden[")]
        return max(states, key=lambda name: int(name[7:-1]), default=None)


def one_based(rows):
    return [row + 1 for row in rows]


def numbered(rows):
    """Rows told apart where one stands several times: (row, how many of it stood before)."""
    seen = {}
    for row in rows:
        yield row, seen.setdefault(row, 0)
        seen[row] += 1


def keys(rows, parts):
    """Keys of features that stand part after part."""
    return [(part, key) for part in parts for key in numbered(rows[part])]


def exactly(value):
    return (value, value)


def about(count):
    """Weights that a solver stopped on its way leaves: features that differ in their last bits may end on a few others."""
    off = max(2, count // 20)
    return (count - off, count + off)


def class_probe(name, address, place, found, rows, classes):
    """A probe of classes; scores turn at 0 unless said otherwise."""
    rows = list(numbered(rows))
    return Probe(name, address, place, {"accuracy": exactly(found["accuracy"])},
                 predictions={row: classes[p] for row, p in zip(rows, found["predictions"])},
                 scores=dict(zip(rows, found["scores"])))


def keys_by_place(parts, rows):
    """Keys of features that stand in the order of the sample, whose places the parts name."""
    at = {place: key for part in rows for place, key in zip(parts[part], keys(rows, [part]))}
    return [at[place] for place in sorted(at)]


def expect_truth_direction(facts):
    sample = one_based(facts["sample"])
    rows = {part: [sample[place] for place in facts["parts"][part]] for part in ("train", "test")}
    found, classes = facts["probes"], facts["classes"]
    logistic = class_probe("logistic", "hidden[-1]", 0, found["logistic"], rows["test"], classes)
    search = class_probe("ccs", "hidden[-1]", 1, found["ccs"], rows["test"], classes)
    search.turn = 0.5
    if found["ccs"]["unflattered"] < found["ccs"]["accuracy"]:  # Sonde turns the probe around where that flatters
        turned = {name: classes[1 - i] for i, name in enumerate(classes)}
        search.predictions = {row: turned[name] for row, name in search.predictions.items()}
    return Expected(rows, keys_by_place(facts["parts"], rows), [logistic, search])


def expect_layer_sentiment(facts):
    """Published are the accuracies on the validation part; predictions are compared on the test part where there are any."""
    rows = {part: one_based(facts["sample"][part]) for part in ("train", "valid", "test")}
    probes = []
    for address, found in facts["probes"]["mlp"].items():
        probe = Probe("mlp " + address, address, 0, {})
        if "test" in found:
            gaps = [out[1] - out[0] for out in found["test"]["outputs"]]
            probe = class_probe("mlp " + address, address, 0, dict(found["test"], scores=gaps), rows["test"], facts["classes"])
        off = sum(abs(out[1] - out[0]) < TIE for out in found["outputs"]) / len(found["outputs"])
        probe.metrics["valid accuracy"] = (found["accuracy"] - off, found["accuracy"] + off)
        probes.append(probe)
    parts = ("train", "valid", "test") if "test" in next(iter(facts["probes"]["mlp"].values())) else ("train", "valid")
    return Expected(rows, keys(rows, parts), probes, best=f"hidden[{facts['best']['layer']}]")


def pair_rows(pairs, below):
    """Where pairs stand when a counts up, and b within it."""
    return [a * below - a * (a - 1) // 2 + b + 1 for a, b in pairs]


def expect_number_basis(facts):
    below = facts["settings"]["below"]
    rows = {part: pair_rows(pairs, below) for part, pairs in facts["sample"].items()}
    probes = []
    for place, kind in enumerate(("sin", "bin", "lin", "log")):
        for address, found in facts["probes"][kind].items():
            probe = Probe(f"{kind} {address}", address, place, {"rounded_accuracy": exactly(found["accuracy"])}, numeric=True)
            probe.predictions = dict(zip(numbered(rows["test"]), found["predictions"]))
            probe.scores = dict(zip(numbered(rows["test"]), found.get("values", ())))
            probes.append(probe)
    return Expected(rows, keys(rows, ("train", "valid", "test")), probes)


def expect_online_probes(facts):
    """The whole sample is on both sides; judged are the rows of the batches that the longest probe took."""
    rows = one_based(facts["sample"])
    seen = rows[: facts["seen"]]
    place = 1 if facts["settings"]["second"] else 0
    probes = []
    for address in facts["settings"]["addresses"]:
        found = facts["probes"]["sgd"][address]
        probe = class_probe("sgd " + address, address, place, found, seen, facts["classes"])
        probe.turn = 0.5
        probe.metrics["n_iter"] = exactly(found["stop"])
        probes.append(probe)
    return Expected({"train": rows, "test": rows}, keys({"train": seen}, ["train"]), probes)


def expect_sparse_neurons(facts):
    """A row is the document of an occurrence; within a part occurrences stand as they were drawn."""
    documents = one_based(facts["sample_documents"])
    parts = {part: facts["parts"][part] for part in ("train", "test")}
    rows = {part: [documents[place] for place in places] for part, places in parts.items()}
    probes = []
    for address, found in facts["probes"]["logistic"].items():
        probe = class_probe("logistic " + address, address, 0, found, rows["test"], facts["classes"])
        probe.metrics["nonzero"] = about(found["nonzero"])
        probes.append(probe)
    return Expected(rows, keys_by_place(parts, rows), probes)


STUDIES = {"truth-direction": expect_truth_direction, "layer-sentiment": expect_layer_sentiment,
           "number-basis": expect_number_basis, "online-probes": expect_online_probes,
           "sparse-neurons": expect_sparse_neurons}


def expect(facts):
    return STUDIES[facts["recipe"]](facts)
