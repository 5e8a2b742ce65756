"""The benchmarks of speed on toys: they run, their sides agree, they write what others read. No time is asserted."""

import json
import sys
from pathlib import Path

import pytest
import spacy

from angel_spacy.arrays.ragged import Ragged
from angel_spacy.evaluation.baselines import Scispacy
from angel_spacy.kb import Concept, KnowledgeBase, read_kb
from angel_spacy.models.toy import toy_generator

ROOT = Path(__file__).parents[2]
TOY = ROOT / "configs" / "toy"
CORPUS = TOY / "mixed" / "dev.pubtator"


@pytest.fixture(scope="module")
def generator_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("generator")
    toy_generator(seed=4).to_folder(folder)
    return folder


NAMES = {"A": "gouty arthritis", "B": "renal failure", "C": "measles", "D": "hepatic fibrosis", "E": "septic shock"}


def test_scispacys_generator_over_our_kb_finds_what_it_should(benchmark):
    pytest.importorskip("scispacy")
    kb = KnowledgeBase([Concept(one, name) for one, name in NAMES.items()])
    linker = Scispacy(kb, min_df=1)
    found = list(linker.candidates(["Gouty-Arthritus", "measles", "qqq", ""]))
    assert [one[0].concept_id for one in found[:2]] == ["A", "C"]
    assert found[1][0].score == pytest.approx(1.0, abs=1e-3)
    assert found[2:] == [[], []]
    assert list(benchmark("scispacy_way").OneByOne(linker).candidates(["measles"])) == [found[1]]


def test_scispacys_way_stands_beside_ours(benchmark, figures, kb_folder, generator_folder):
    pytest.importorskip("scispacy")
    given = CORPUS, "--kb", kb_folder, "--generator", generator_folder, "--limit", 6, "--repeats", 1, "--min-df", 1
    found = figures(benchmark("scispacy_way"), *given)
    assert found["n"] == 6
    assert found["hnsw"] == {"M": 100, "efConstruction": 2000, "efSearch": 200, "min_df": 1}
    assert found["ratio"]["build"] == pytest.approx(found["scispacy"]["build_s"] / found["ours"]["build_s"])
    assert found["scispacy"]["acc@1"] == found["exhaustive"]["acc@1"] > 0
    assert min(found["scispacy"]["disk_mb"], found["ours"]["disk_mb"]) > 0


@pytest.mark.parametrize("structure", ["ours", "pygtrie", "nested dicts"])
def test_every_trie_allows_the_same_and_comes_back_from_disk(benchmark, tmp_path, structure):
    trie = benchmark("structures")
    names = Ragged.of([[5, 6, 2], [5, 2], [5, 7, 2], [9, 2]])
    made = trie.STRUCTURES[structure].build(names)
    made.save(tmp_path / "file")
    for one in (made, trie.STRUCTURES[structure].open(tmp_path / "file")):
        assert [list(one.allowed(prefix)) for prefix in [(), (5,), (5, 7), (9,)]] == [[5, 9], [2, 6, 7], [2], [2]]


def test_tries_are_measured_in_processes_of_their_own(benchmark, figures, kb_folder, generator_folder):
    given = "--kb", kb_folder, "--generator", generator_folder, "--lookups", 20
    found = figures(benchmark("trie"), *given)
    tables = [found[structure] for structure in ("ours", "pygtrie", "nested dicts")]
    assert found["names"] == KnowledgeBase.from_disk(kb_folder).n_names
    assert len({table["allowed"] for table in tables}) == 1
    assert all(table["disk_mb"] > 0 and table["open_s"] > 0 for table in tables)


def test_what_does_not_fit_is_said_so(benchmark, tmp_path):
    alone = benchmark("alone")
    (tmp_path / "prefix.txt").write_text("x")
    assert alone.alone("machine", "describe", limit_mb=1) == alone.TOO_LARGE
    assert alone.alone("machine", "describe", limit_s=1e-3) == alone.TOO_SLOW
    assert alone.alone("alone", "resident_mb", process="self") > 1


def test_prefixes_are_beginnings_of_names(benchmark):
    names = [[5, 6, 2], [5, 2], [9, 8, 7, 2]]
    drawn = benchmark("structures").prefixes(Ragged.of(names), 50, seed=1)
    assert len(drawn) == 50
    assert all(any(0 < len(p) < len(name) and list(p) == name[: len(p)] for name in names) for p in drawn)


def test_decode_tells_every_mode_its_accuracy_and_the_floor(benchmark, figures, kb_folder, generator_folder):
    few = "--limit", 3, "--repeats", 1, "--threads", 1, "--articles", 2, "--floor-batch", 2
    modes = "--precision", "float32", "bfloat16", "--margin", 2, "--beam", 2, 3
    given = "--corpus", CORPUS, "--kb", kb_folder, "--generator", generator_folder
    found = figures(benchmark("decode"), *given, *few, *modes)
    kinds = {"float32", "bfloat16", "bfloat16 margin 2"}
    assert found["identical"] == 1.0
    assert set(found["ratio"]) == {*kinds, "best"}
    for table in (found["beam"]["2"], found["beam"]["3"]):
        assert set(table["mentions/s"]) == {*kinds, "generate"}
        assert set(table["accuracy"]) == set(table["over_floor"]) == kinds
        floors = table["over_floor"].values()
        assert all(one["tokens_read"] >= one["tokens_needed"] > 0 for one in floors)


def test_best_is_the_fastest_mode_that_loses_little(benchmark):
    best = benchmark("decode").best_ratio
    accuracy = {"float32": {"acc@1": 0.9}, "a": {"acc@1": 0.898}, "b": {"acc@1": 0.897}}
    assert best({"float32": 3.0, "a": 4.0, "b": 9.0}, accuracy) == 4.0
    assert best({"float32": 3.0, "a": 2.0, "b": 9.0}, accuracy) == 3.0


def test_a_large_network_may_know_more_tokens_than_its_tokenizer(benchmark, kb_folder):
    sizes = {"d_model": 16, "encoder_layers": 1, "decoder_layers": 1, "vocab_size": 900}
    heads = {"encoder_attention_heads": 2, "decoder_attention_heads": 2}
    made = benchmark("decode").large_generator(KnowledgeBase.from_disk(kb_folder), **sizes, **heads)
    assert made.tokenizer.get_vocab_size() <= 900 == made.network.config.vocab_size


def test_counting_changes_no_answer(benchmark):
    from angel_spacy.decode.search import beam_search

    decode, floor, generator = benchmark("decode"), benchmark("floor"), toy_generator(seed=4)
    trie = decode.NameIndex.build(read_kb("jsonl", TOY / "everything.jsonl"), generator.prompter).trie
    prompts = generator.prompter.prompts([("gout", 0, 4), ("a rash", 0, 6)])
    counted = floor.Counted(generator.session(prompts), sum(len(prompt.prefix_ids) for prompt in prompts))
    found = beam_search(counted, trie, 2, beam_width=3)
    assert found == beam_search(generator.session(prompts), trie, 2, beam_width=3)
    assert counted.n_read >= sum(len(prompt.prefix_ids) for prompt in prompts)
    assert counted.n_asked >= 2


def test_scaling_varies_one_thing_at_a_time(benchmark, figures, kb_folder, generator_folder):
    tables = "--names", 10, 200, "--n-names", 20, "--widths", 1, 2, "--batches", 1, "--threads", 1
    few = "--limit", 2, "--repeats", 1, "--width", 2, "--batch-size", 2
    found = figures(
        benchmark("scaling"), "--corpus", CORPUS, "--kb", kb_folder, "--generator", generator_folder, *tables, *few
    )
    assert found["names"]["ratio"]["10"] == 1.0
    assert set(found["names"]["ms"]) == {"10", "200"}
    assert set(found["width"]["ms"]) == {"1", "2"}
    assert {n: one["names"] for n, one in found["tries"].items()} == {"10": 10, "200": 200, "20": 20}


def test_a_larger_vocabulary_holds_the_real_names(benchmark):
    vocabulary = benchmark("scaling").vocabulary
    real = ["acute gout", "chronic gout", "renal failure"]
    assert set(vocabulary(real, 2)) < set(real)
    assert list(vocabulary(real, 3)) == real
    larger = list(vocabulary(real, 40))
    assert len(set(larger)) == len(larger) == 40
    assert set(real) < set(larger)


def test_what_large_builds_it_opens(benchmark, tmp_path, generator_folder):
    large, given = benchmark("large"), {"generator": str(generator_folder), "folder": str(tmp_path)}
    build = large.built("jsonl", str(TOY / "everything.jsonl"), **given)
    found = large.opened(**given)
    assert build["names"] == found["names"] > build["concepts"] > 0
    assert build["disk_mb"]["all"] > 0


@pytest.fixture
def pipeline(tmp_path, kb_folder):
    nlp = spacy.blank("en")
    ruler = nlp.add_pipe("entity_ruler")
    ruler.add_patterns([{"label": "DISEASE", "pattern": word} for word in ("insulin", "caffeine")])
    nlp.add_pipe("angel_abbreviations")
    linker = nlp.add_pipe("angel_linker", config={"model": {"@architectures": "angel_spacy.ToySeq2Seq.v1"}})
    linker.set_kb(KnowledgeBase.from_disk(kb_folder))
    nlp.to_disk(tmp_path / "pipeline")
    return tmp_path / "pipeline"


def test_annotate_compares_modes_and_scispacys_linker(benchmark, figures, pipeline):
    pytest.importorskip("scispacy")
    modes = "--mode", "precision=float32", "--mode", "beam_width=2,beam_margin=1.5,exact_match=skip"
    few = "--limit", 5, "--batch-size", 2, "--rounds", 2, "--scispacy", "--scispacy-min-df", 1
    found = figures(benchmark("annotate"), TOY / "abstracts.jsonl", "--pipeline", pipeline, *few, *modes)
    assert found["ratio_to"] == "scispacy"
    assert found["ratio"]["scispacy"] == 1.0
    assert set(found["ratio"]) == {modes[1], modes[3], "scispacy"}
    assert all(found[side]["mentions"] == found[side]["linked"] == 1 for side in found["ratio"])
    assert "angel_linker" not in found["scispacy"]["share"]


def test_settings_are_read_from_a_mode(benchmark):
    settings_of = benchmark("annotate").settings_of
    assert settings_of("as it is") == settings_of("") == {}
    mode = "precision=int8,beam_margin=2.5,beam_width=5,threshold=null,gate=false"
    assert settings_of(mode) == {
        "precision": "int8",
        "beam_margin": 2.5,
        "beam_width": 5,
        "threshold": None,
        "gate": False,
    }


def test_a_setting_that_is_none_is_refused(benchmark, figures, pipeline):
    with pytest.raises(SystemExit, match="settings of the linker"):
        figures(benchmark("annotate"), TOY / "abstracts.jsonl", "--pipeline", pipeline, "--mode", "speed=1")


def test_one_command_merges_and_shows_what_the_scripts_wrote(benchmark, monkeypatch, capsys, tmp_path, kb_folder):
    run = benchmark("run")
    given = ["--quick", "--corpus", CORPUS, "--kb", kb_folder, "--only", "synthetic", "--output", tmp_path / "all.json"]
    monkeypatch.setattr(sys, "argv", ["run", *map(str, given)])
    run.main()
    table = json.loads((tmp_path / "all.json").read_text())
    assert set(table) == {"synthetic", "quick", "machine"}
    assert table["synthetic"]["made"]["names"] == 20_000
    assert "| synthetic | made: names | 20000 |" in capsys.readouterr().out


def test_one_command_knows_every_script_and_its_arguments(benchmark, monkeypatch, tmp_path):
    """Each script's parser takes what the command gives it."""
    run = benchmark("run")
    given = ["--corpus", "c", "--kb", "k", "--aliases", "a", "--scale-kb", "s", "--abstracts", "x", "--threads", "1"]
    for more in ([], ["--quick"]):
        monkeypatch.setattr(sys, "argv", ["run", *given, *more])
        jobs = run.jobs(run._parse(), tmp_path)
        assert set(jobs) == set(run.SHOWN)
        for script, arguments in jobs.items():
            monkeypatch.setattr(sys, "argv", [script, *arguments, "--output", "o"])
            assert benchmark(script)._parse().output == Path("o")


def test_a_script_that_fails_is_named_in_the_table(benchmark, capsys, tmp_path):
    run = benchmark("run")
    run.show({"synthetic": run.run("synthetic", ["--n-names", "many"], tmp_path)})
    assert "| synthetic | failed |" in capsys.readouterr().out


def test_the_table_shows_words_where_figures_are_missing(benchmark):
    found = list(benchmark("run").rows("trie", {"ours": {"build_s": 1.5, "tokens": 3}, "pygtrie": "does not fit"}))
    assert ("trie", "ours: build_s", "1.5") in found
    assert ("trie", "pygtrie", "does not fit") in found
