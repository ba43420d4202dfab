"""How `sonde recipe run NAME --as published` is called so that it does what a re-enactment with given settings did."""
import json
import pathlib

SIDES = ("negative", "positive")
TEMPLATES = [f"The following review expresses a {side} sentiment:\n{{text}}" for side in SIDES]
REVIEWS = ["--text", "text", "--label", "label"]


def setting(path, value):
    return ["--set", f"{path}={json.dumps(value)}"]


def options_at(addresses):
    return [part for address in addresses for part in ("--at", address)]


def config_of(model):
    path = pathlib.Path(model) / "config.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def for_truth_direction(settings, model):
    return [*REVIEWS, *setting("data.templates", TEMPLATES), *setting("sample.count", settings.get("n", 100)),
            *setting("probes.1.epochs", settings.get("epochs", 1000)), *setting("probes.1.seed", settings.get("torch_seed", 0))]


def for_layer_sentiment(settings, model):
    config, length = config_of(model), settings.get("length", 512)
    parts = [part for name in ("train", "valid", "test") for part in setting(f"sample.{name}", settings.get("keep", 50))]
    return [*REVIEWS, *parts, *setting("capture.tokens", f"mean_padded:{length}"), *setting("capture.max_length", length),
            *setting("probes.0.hidden", str(config["hidden_size"])), *setting("probes.0.epochs", settings.get("epochs", 5)),
            *setting("probes.0.seed", settings.get("torch_seed", 42)),
            *options_at([f"hidden[0:{config['num_hidden_layers']}]"])]


def for_number_basis(settings, model):
    below, keep = settings.get("below", 1000), settings.get("keep", (100_000, 4096, 0))
    out = setting("numbers.high", below - 1) + setting("numbers.sum_below", below)
    for name, count in zip(("train", "valid", "test"), keep):
        out += setting(f"sample.{name}", count)
    for place in (0, 1):
        out += setting(f"probes.{place}.steps", settings.get("steps", 10_001))
        out += setting(f"probes.{place}.batch", settings.get("batch", 1024))
        out += setting(f"probes.{place}.range", f"0:{below}")
        if "closed" in settings:  # the numbers that test, where they are not those of the recipe
            out += setting(f"probes.{place}.closed", settings["closed"])
    layers = settings.get("layers")
    return out + options_at([] if layers is None else [f"hidden[{layer}]" for layer in layers])


def for_online_probes(settings, model):
    length = settings.get("length", 1024)
    return [*REVIEWS, *setting("sample.count", settings.get("n", 1000)), *setting("sample.seed", settings.get("seed", 0)),
            *setting("capture.pad", f"left:{length}"), *setting("capture.max_length", length),
            *setting("probes.*.batch", settings.get("batch", 8)), *setting("probes.*.seed", settings.get("seed", 0)),
            *options_at(settings["addresses"])]


def for_sparse_neurons(settings, model):
    return ["--text", "text", *setting("data.limit", settings.get("documents", 500)),
            *setting("occurrences.per_class", settings.get("per_class", 100)), *setting("split.seed", settings.get("seed", 0)),
            *setting("probes.0.seed", settings.get("seed", 0)), *options_at([settings["address"]])]


STUDIES = {"truth-direction": for_truth_direction, "layer-sentiment": for_layer_sentiment,
           "number-basis": for_number_basis, "online-probes": for_online_probes, "sparse-neurons": for_sparse_neurons}


def published_command(name, model, tables, settings):
    """Arguments of the program, without --out. `settings`: of the re-enactment; what is left out is as published."""
    command = ["recipe", "run", name, "--as", "published", "--model", str(model)]
    for table in tables:
        command += ["--data", str(table)]
    return command + STUDIES[name](settings, model) + setting("evaluate.predictions", True)
