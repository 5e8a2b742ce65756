"""Tables of texts: each row keeps its place and gets its mentions."""

import pickle

import numpy as np
import pytest
from tiny import tiny_pipeline

from angel_spacy.annotation.tables import Annotator
from angel_spacy.errors import ConfigError
from angel_spacy.pipelines import load_pipeline

TEXTS = ["Gout and aspirin.", "Nothing here.", "Renal failure."]


@pytest.fixture(scope="module")
def ids(annotator: Annotator) -> list[list[str]]:
    """What the pipeline finds in TEXTS, without a table."""
    nlp = load_pipeline(annotator._named[0])
    found = [[ent._.kb_ids[0] for ent in doc.ents] for doc in nlp.pipe(TEXTS)]
    assert list(map(len, found)) == [2, 0, 1]
    return found


@pytest.fixture(scope="module")
def annotator(tmp_path_factory: pytest.TempPathFactory) -> Annotator:
    folder = tmp_path_factory.mktemp("tables") / "pipeline"
    tiny_pipeline().to_disk(folder)
    return Annotator(folder)


def ids_of(mentions) -> list[list[str]]:
    return [[one["concept_ids"][0] for one in row] for row in mentions]


def test_columns_come_back_with_mentions(annotator: Annotator, ids):
    found = annotator({"pmid": [1, 2, 3], "text": TEXTS})
    assert ids_of(found["mentions"]) == ids
    assert (found["pmid"], found["error"]) == ([1, 2, 3], ["", "", ""])


def test_titles_and_abstracts_are_texts_too(annotator: Annotator):
    found = annotator({"title": ["Gout.", None], "abstract": ["Aspirin.", "Gout."]})
    assert [[one["start"] for one in row] for row in found["mentions"]] == [[0, 6], [0]]


def test_a_table_without_texts_says_what_it_needs(annotator: Annotator):
    with pytest.raises(ConfigError, match="`text`, or `title` and `abstract`"):
        annotator({"body": ["Gout."]})


def test_it_goes_to_another_process_without_its_pipeline(annotator: Annotator, ids):
    annotator({"text": TEXTS})
    sent = pickle.dumps(annotator)
    assert len(sent) < 2000
    assert ids_of(pickle.loads(sent)({"text": TEXTS})["mentions"]) == ids


def test_settings_are_those_of_the_linker(annotator: Annotator):
    strict = Annotator(annotator._named[0], threshold=1.0)
    assert {one["nil_reason"] for row in strict({"text": TEXTS})["mentions"] for one in row}


def test_pandas(annotator: Annotator, ids):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"text": TEXTS}, index=["x", "y", "z"])
    found = pandas.DataFrame(annotator(frame.to_dict("list")), frame.index)
    assert (ids_of(found["mentions"]), list(found.index)) == (ids, ["x", "y", "z"])


def test_texts_of_numpy(annotator: Annotator, ids):
    assert annotator({"text": np.array(TEXTS)})["error"] == ["", "", ""]
    assert ids_of(annotator({"text": np.array(TEXTS)})["mentions"]) == ids


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ({"text": ["Gout."], "mentions": [1]}, "'mentions', which would be replaced"),
        ({"text": ["Gout."], "error": [""]}, "'error', which would be replaced"),
        ({"title": ["Gout."], "abstract": []}, "1 titles and 0 abstracts"),
    ],
)
def test_tables_that_would_lose_something_are_refused(annotator: Annotator, columns, told):
    with pytest.raises(ConfigError, match=told):
        annotator(columns)


def test_a_setting_that_the_linker_has_not(annotator: Annotator):
    with pytest.raises(ConfigError, match=r"no setting 'treshold'.*threshold"):
        Annotator(annotator._named[0], treshold=0.5)({"text": ["Gout."]})


def test_polars(annotator: Annotator, ids):
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame({"text": TEXTS})
    assert ids_of(polars.from_arrow(annotator(frame.to_arrow()))["mentions"].to_list()) == ids
    nils = polars.from_arrow(Annotator(annotator._named[0], threshold=1.0)(frame.to_arrow()))
    assert polars.concat([nils, polars.from_arrow(annotator(frame.to_arrow()))]).height == 6


def test_datasets(annotator: Annotator, ids):
    datasets = pytest.importorskip("datasets")
    texts = datasets.Dataset.from_dict({"text": TEXTS[::-1]}).with_format("arrow")
    found = texts.map(annotator, batched=True, batch_size=1).with_format(None)
    assert ids_of(found["mentions"]) == ids[::-1]


def test_the_types_of_arrow_do_not_hang_on_what_was_found(annotator: Annotator, ids):
    arrow = pytest.importorskip("pyarrow")
    table = arrow.table({"pmid": [1, 2, 3], "text": TEXTS, "year": [2024, None, 2026]})
    found = annotator(table)
    assert ids_of(found["mentions"].to_pylist()) == ids
    assert found.drop_columns(["mentions", "error"]) == table
    nils = Annotator(annotator._named[0], threshold=1.0)(table)
    assert {one["nil_reason"] for row in nils["mentions"].to_pylist() for one in row} == {"below threshold"}
    assert nils.schema == found.schema == annotator(table.slice(1, 1)).schema == annotator(table.slice(0, 0)).schema


def test_every_mention_has_all_fields(annotator: Annotator):
    both = [each({"text": TEXTS}) for each in (annotator, Annotator(annotator._named[0], threshold=1.0))]
    assert len({tuple(one) for found in both for row in found["mentions"] for one in row}) == 1


class NAType:
    """As pandas' NA: it has no truth value."""

    def __bool__(self):
        raise TypeError("boolean value of NA is ambiguous")


@pytest.mark.parametrize("missing", [None, float("nan"), np.float32("nan"), NAType()])
def test_a_missing_value_is_an_empty_text(annotator: Annotator, missing):
    found = annotator({"text": ["Gout.", missing]})
    assert [len(row) for row in found["mentions"]] == [1, 0]
    assert found["error"] == ["", ""]
    assert annotator({"title": ["Gout.", missing], "abstract": [missing, "Gout."]})["error"] == ["", ""]


@pytest.mark.parametrize("column", [[b"Gout."], ["Gout.", 7], "Gout."])
def test_what_is_no_text_is_an_error(annotator: Annotator, column):
    with pytest.raises(ConfigError, match="column text"):
        annotator({"text": column})


def test_what_is_no_table_is_told(annotator: Annotator):
    with pytest.raises(ConfigError, match="not a list: convert it"):
        annotator(TEXTS)


def test_two_columns_of_one_name_are_told(annotator: Annotator):
    arrow = pytest.importorskip("pyarrow")
    with pytest.raises(ConfigError, match="several columns 'text'"):
        annotator(arrow.table([arrow.array(["a"]), arrow.array(["b"])], names=["text", "text"]))
