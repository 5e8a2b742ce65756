"""The benchmarks on invented data: what they print can be trusted, and they write what others read."""

from pathlib import Path

import pytest
import spacy

from angel_spacy.kb import Concept, KnowledgeBase, read_kb
from angel_spacy.models.toy import toy_generator
from angel_spacy.records import Article, Mention

ROOT = Path(__file__).parents[2]
TOY = ROOT / "configs" / "toy"


def test_tfidf_writes_the_names_of_evaluate(benchmark, figures, tmp_path, kb_folder):
    corpora = TOY / "mixed" / "dev.pubtator", "--kb", kb_folder, "--aliases", TOY / "mixed" / "train.pubtator"
    found = figures(benchmark("tfidf"), *corpora)
    assert {"n", "n_linkable", "acc@1", "acc@1_strict", "acc@5", "mrr", "exact_acc@1", "mentions/s"} <= set(found)
    assert found["n"] == 16
    assert found["acc@1"] == 1.0
    assert figures(benchmark("tfidf"), *corpora, "--limit", 3)["n"] == 3


def test_an_abbreviation_takes_the_better_of_its_wordings(benchmark):
    tfidf = benchmark("tfidf")
    text = "We treated familial mediterranean fever (FMF) there. FMF is old."
    places = [(12, 39), (41, 44), (53, 56)]
    mentions = tuple(Mention(text[a:b], a, b, "", ("A",)) for a, b in places)
    kb = KnowledgeBase([Concept("A", "Familial Mediterranean Fever"), Concept("B", "FMF Factor")])
    scores = [
        tfidf.run(kb, [Article("1", "", text, mentions)], limit=None, abbreviations=expand)["acc@1"]
        for expand in (False, True)
    ]
    assert scores == [pytest.approx(1 / 3), 1.0]


def test_both_decoders_find_the_same_names(benchmark):
    decode, generator, width = benchmark("decode"), toy_generator(seed=4), 4
    trie = decode.NameIndex.build(read_kb("jsonl", TOY / "everything.jsonl"), generator.prompter).trie
    spans = [(text, 0, len(text)) for text in ("gout", "flu", "a rash", "iron", "red eyes", "gout and flu")]
    prompts = generator.prompter.prompts([*spans, spans[0]])
    sides = {"ours": decode.ours(generator, trie, width), "generate": decode.theirs(generator, trie, width)}
    found = decode.compare(sides, prompts, batch_size=2, repeats=1)
    assert found["n"] == len(found["found"]["ours"]) == len(prompts)
    assert found["found"]["ours"][0] == found["found"]["ours"][-1]
    assert decode.identical(found["found"]["ours"], found["found"]["generate"], 1e-4) == 1.0
    assert found["ratio"]["ours"] > 0


def test_batches_have_prefixes_of_one_length_and_lose_nothing(benchmark):
    sides, prompter = benchmark("sides"), toy_generator().prompter
    prompts = prompter.prompts([("x" * n, 0, n) for n in (1, 5, 1, 2, 5, 1, 1)])
    batches = sides.by_prefix(prompts, 2)
    assert sorted(map(len, batches)) == [1, 2, 2, 2]
    assert all(len({len(prompt.prefix_ids) for prompt in batch}) == 1 for batch in batches)


def test_what_counts_as_the_same_answer(benchmark):
    same = benchmark("decode").same
    names = [((5, 2), -1.0), ((6, 2), -1.5), ((7, 2), -1.5)]
    swapped = [names[0], ((7, 2), -1.5), ((6, 2), -1.5)]
    assert same(names, swapped, 1e-4)  # equal scores have no order
    assert same(names, [*names[:2], ((8, 2), -1.5)], 1e-4)  # and either may be the last
    assert not same(names, names[:2], 1e-4)
    assert not same(names, [((9, 2), -1.0), *names[1:]], 1e-4)
    assert not same(names, [((5, 2), -1.01), *names[1:]], 1e-4)


def test_decode_writes_its_ratio_and_where_it_was_taken(benchmark, figures, tmp_path, kb_folder):
    corpus = "--corpus", TOY / "mixed" / "dev.pubtator", "--kb", kb_folder
    few = (
        "--random",
        "--limit",
        3,
        "--repeats",
        1,
        "--beam",
        2,
        "--threads",
        1,
        "--precision",
        "float32",
        "--articles",
        1,
    )
    found = figures(benchmark("decode"), *corpus, *few)
    assert found["ratio"]["float32"] > 0
    assert found["identical"] == 1.0
    assert found["ratio"]["best"] == found["ratio"]["float32"]
    assert set(found["mentions/s"]) == {"float32", "generate"}
    assert found["machine"]["threads"] == 1


def test_annotate_tells_how_the_time_was_spent(benchmark, figures, tmp_path, kb_folder):
    nlp = spacy.blank("en")
    ruler = nlp.add_pipe("entity_ruler")
    ruler.add_patterns([{"label": "DISEASE", "pattern": word} for word in ("insulin", "caffeine")])
    model = {"@architectures": "angel_spacy.ToySeq2Seq.v1"}
    linker = nlp.add_pipe("angel_linker", config={"model": model})
    linker.set_kb(KnowledgeBase.from_disk(kb_folder))
    nlp.to_disk(tmp_path / "pipeline")
    arguments = TOY / "abstracts.jsonl", "--pipeline", tmp_path / "pipeline", "--limit", 5, "--batch-size", 2
    found = figures(benchmark("annotate"), *arguments)
    assert found["abstracts"] == 5
    only = found["as it is"]
    assert only["mentions"] == only["linked"] == 1  # only "caffeine" is written small
    assert set(only["share"]) == {"tokenizer", "entity_ruler", "angel_linker"}
    assert sum(only["share"].values()) == pytest.approx(1.0)
    assert found["peak_mb"] > 0
