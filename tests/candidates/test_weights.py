import numpy as np
import pytest

from angel_spacy.candidates.evidence import AGAINST, FEATURES, Evidence
from angel_spacy.candidates.labels import kind_of
from angel_spacy.candidates.weights import EvidenceWeights
from angel_spacy.errors import ConfigError, ModelError
from angel_spacy.evaluation.fitting import Case, _Table, crossed, fit, folds, sureness
from angel_spacy.models.name_encoder import KINDS


def random_cases(n=300, *, seed=0, truth=None, n_documents=30):
    """Concepts with random evidence; the right one is drawn by the probabilities that `truth` gives."""
    rng = np.random.default_rng(seed)
    made = []
    for i in range(n):
        evidence = Evidence(range(5), range(5), rng.normal(size=(5, len(FEATURES))).astype(np.float32))
        shares = truth.probabilities(evidence)
        drawn = rng.choice(6, p=[*shares, 1 - shares.sum()])
        made.append(Case(f"doc {i % n_documents}", evidence, np.arange(5) == drawn))
    return made


@pytest.fixture(scope="module")
def truth():
    sizes = np.abs(np.random.default_rng(7).normal(size=len(FEATURES))).tolist()
    return EvidenceWeights(
        {name: -size if name in AGAINST else size for name, size in zip(FEATURES, sizes, strict=True)}, nil=0.5
    )


def test_probabilities_of_concepts_and_nil_sum_to_one(truth):
    for case in random_cases(20, truth=truth):
        shares = truth.probabilities(case.evidence)
        scores = case.evidence.values @ truth.vector
        nil = np.exp(truth.nil) / (np.exp(scores).sum() + np.exp(truth.nil))
        assert shares.sum() + nil == pytest.approx(1)
        assert (shares.argsort() == scores.argsort()).all()
    assert not len(truth.probabilities(Evidence((), (), np.zeros((0, len(FEATURES)), np.float32))))


def test_weights_are_found_again(truth):
    found = fit([random_cases(4000, truth=truth)])
    assert found.vector == pytest.approx(truth.vector, abs=0.15)
    assert found.nil == pytest.approx(truth.nil, abs=0.2)


def test_evidence_for_a_concept_never_counts_against_it(truth):
    perverse = EvidenceWeights({name: -weight for name, weight in truth.of.items()}, nil=0.5)
    for name, weight in fit([random_cases(1000, truth=perverse)]).of.items():
        assert weight <= 0 if name in AGAINST else weight >= 0, name


def test_fitted_probabilities_are_calibrated_on_documents_never_seen(truth):
    (judged,) = crossed([random_cases(3000, truth=truth)])
    assert judged.calibration_error() < 0.05
    assert judged.right.mean() == pytest.approx(
        sureness(random_cases(3000, seed=1, truth=truth), truth).right.mean(), abs=0.05
    )


def test_the_slope_is_that_of_the_loss(truth):
    table = _Table.of(random_cases(40, truth=truth))
    at = np.random.default_rng(3).normal(size=len(FEATURES) + 1)
    _, slope = table.loss(at)
    for i in range(len(at)):
        step = np.zeros(len(at))
        step[i] = 1e-5
        assert (table.loss(at + step)[0] - table.loss(at - step)[0]) / 2e-5 == pytest.approx(slope[i], abs=1e-6)


def test_a_corpus_counts_as_much_as_any_other(truth):
    few, many = random_cases(50, truth=truth), random_cases(400, seed=2, truth=truth)
    assert fit([few, many]).vector == pytest.approx(fit([few * 3, many]).vector, abs=0.02)


def test_evidence_that_is_the_same_everywhere_weighs_nothing_much(truth):
    own = random_cases(300, truth=truth)
    for case in own:
        case.evidence.values[:, 0] = -5.0
        case.evidence.values[:, 1] = 1e-7 * np.arange(5)
    found = fit([own])
    assert abs(found.vector[0]) < 1
    assert abs(found.vector[1]) < 1
    assert 0 < found.probabilities(own[0].evidence).sum() < 1


def test_a_document_is_in_one_fold(truth):
    own = random_cases(200, truth=truth)
    place = folds(own)
    assert len(set(zip([case.document for case in own], place.tolist(), strict=True))) == 30
    assert set(place.tolist()) == set(range(5))


def test_no_cases_are_said_to_be_none():
    with pytest.raises(ConfigError, match="annotated"):
        fit([[]])


def test_weights_are_stored_as_json_and_checked(truth):
    assert EvidenceWeights.from_dict(truth.to_dict()) == truth
    assert set(EvidenceWeights.shipped().to_dict()) == {*FEATURES, "NIL"}
    for damaged in ({}, {"NIL": 1.0}, {**truth.to_dict(), "more": 1.0}, {**truth.to_dict(), "kind": "x"}, []):
        with pytest.raises(ModelError, match="calibrate"):
            EvidenceWeights.from_dict(damaged)


@pytest.mark.parametrize(
    ("label", "kind"),
    [
        ("DISEASE", "disease"),
        ("SpecificDisease", "disease"),
        ("Modifier", "disease"),
        ("DiseaseOrPhenotypicFeature", "disease"),
        ("Chemical", "chemical"),
        ("SIMPLE_CHEMICAL", "chemical"),
        ("OrganismTaxon", "organism"),
        ("CELL", "anatomy"),
    ],
)
def test_labels_of_corpora_and_of_scispacy_name_kinds(label, kind):
    assert KINDS[kind_of(label)] == kind


def test_labels_that_say_nothing_name_no_kind():
    assert [kind_of(label) for label in ("", "ENTITY", "GeneOrGeneProduct")] == [None, None, None]
