from linker_toys import spelling_pipeline
from spacy.training import Example


def gold(nlp, text, *links):
    entities = [(start, end, label) for start, end, label, _ in links]
    ids = {(start, end): {kb_id: 1.0} for start, end, _, kb_id in links if kb_id}
    return Example.from_dict(nlp.make_doc(text), {"entities": entities, "links": ids})


def test_nlp_evaluate_gives_the_scores():
    nlp = spelling_pipeline()
    examples = [
        gold(nlp, "gout and fever", (0, 4, "DISEASE", "D006073"), (9, 14, "DISEASE", "D001241")),
        gold(nlp, "aspirin", (0, 7, "CHEMICAL", "D001241")),
        gold(nlp, "pyrexia", (0, 7, "DISEASE", "D005334")),  # the rules do not find it
    ]
    scores = nlp.evaluate(examples)
    assert scores["kb_n"] == 4
    assert scores["kb_acc@1"] == 2 / 4
    assert scores["kb_p"] == 2 / 3
    assert scores["kb_per_label"]["CHEMICAL"]["f"] == 1.0
    assert 2 / 4 < scores["kb_mrr"] < 3 / 4
    assert scores["kb_acc@5"] == 3 / 4


def test_without_a_scorer_there_is_nothing():
    nlp = spelling_pipeline(scorer=None)
    assert "kb_n" not in nlp.evaluate([gold(nlp, "gout", (0, 4, "DISEASE", "D006073"))])
