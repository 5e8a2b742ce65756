"""A student learns what its teacher answers."""

import gzip
import json

import pytest
import torch
from small import articles, knowledge_base

from angel_spacy.candidates.generated import Generated
from angel_spacy.candidates.settings import Search
from angel_spacy.errors import ConfigError, CorpusError
from angel_spacy.models.generator import Generator
from angel_spacy.models.toy import toy_generator
from angel_spacy.objectives.answers import Answer, read_answers, weighed, write_answers
from angel_spacy.objectives.batching import AnswerCollator, as_tokens
from angel_spacy.training.batch_losses import answer_batch_loss
from angel_spacy.training.distillation import Distillation, Drawn, answers, names_alone
from angel_spacy.training.sections import NetworkSize, Schedule

SIZE = NetworkSize(
    d_model=64, encoder_layers=1, decoder_layers=1, encoder_ffn_dim=128, decoder_ffn_dim=128, dropout=0.0
)
SEARCH = Search(beam_width=5, precision="float32")


def teacher(seed=0):
    return Generated(toy_generator(seed=seed), knowledge_base())


def asked():
    spans = [(one.text, one.mentions[0].start, one.mentions[0].end) for one in articles()]
    return [*spans, *names_alone(knowledge_base().names())]


def first_names(generated, spans):
    prompts = generated.generator.prompter.prompts(spans)
    return [generated.index.name(of[0].leaf) for of in generated.hypotheses(prompts, SEARCH)]


def schedule(steps=300, **settings):
    common = {"bf16": False, "use_cpu": True, "lr_scheduler": "linear", "warmup_steps": 10}
    return Schedule(**{"steps": steps, "batch_size": 12, "learning_rate": 0.005, **common, **settings})


@pytest.mark.parametrize("vocab_size", [0, 300])
def test_a_student_answers_as_its_teacher_does(vocab_size, tmp_path):
    teaches = teacher()
    found = list(answers(teaches, asked(), SEARCH, top=1))
    run = Distillation(found, tmp_path, SIZE, schedule(), teaches.generator, vocab_size=vocab_size)
    student = Generated(run.student(), knowledge_base())
    assert student.generator.network.config.d_model == 64
    untrained = Generated(Generator.from_folder(tmp_path / "start"), knowledge_base())
    right = first_names(teaches, asked())
    same = [sum(a == b for a, b in zip(first_names(one, asked()), right, strict=True)) for one in (untrained, student)]
    assert same[1] >= 0.9 * len(right) > same[0]


def test_a_teacher_gives_its_best_names_and_weights_that_sum_to_1():
    found = list(answers(teacher(), asked(), SEARCH, top=3))
    assert [(one.text, one.start, one.end) for one in found] == asked()
    assert all(len(set(one.names)) == 3 and sum(one.weights) == pytest.approx(1, abs=1e-3) for one in found)
    assert [one.names[0] for one in found] == first_names(teacher(), asked())


def test_a_stopped_run_goes_on_to_the_same_student(tmp_path):
    found = list(answers(teacher(), asked(), SEARCH, top=2))
    runs = [Distillation(found, tmp_path / name, SIZE, schedule(20, save_steps=10), toy_generator()) for name in "ab"]
    once = runs[0].student()
    runs[1].student()
    for left in (tmp_path / "b" / "generator", tmp_path / "b" / "checkpoint-20"):
        for file in left.iterdir():
            file.unlink()
        left.rmdir()
    again = runs[1].student()
    for a, b in zip(once.network.parameters(), again.network.parameters(), strict=True):
        assert torch.equal(a, b)


def test_the_loss_is_the_weighted_cross_entropy():
    generator = toy_generator()
    two = [Answer("gout", 0, 4, ("gout", "mumps"), (0.75, 0.25)), Answer("a gout", 2, 6, ("scurvy",), (1.0,))]
    fields = AnswerCollator(generator.prompter)(as_tokens(generator.prompter, two))
    with torch.no_grad():
        loss, _ = answer_batch_loss(generator.network, fields)
    logs, tokens = 0.0, 0.0
    for one in two:
        prompts = generator.prompter.prompts([(one.text, one.start, one.end)])
        for name, weight in zip(one.names, one.weights, strict=True):
            (ids,) = generator.prompter.names([name])
            source = torch.tensor([prompts[0].input_ids])
            rows = torch.tensor([[*prompts[0].prefix_ids, *ids[:-1]]])
            with torch.no_grad():
                scores = generator.network(input_ids=source, decoder_input_ids=rows).logits[0].log_softmax(-1)
            behind = scores[len(prompts[0].prefix_ids) - 1 :]
            logs += weight * float(behind[range(len(ids)), ids].sum())
            tokens += weight * len(ids)
    assert float(loss) == pytest.approx(-logs / tokens, rel=1e-5)


def test_weights_are_a_softmax():
    assert weighed([-1.0, -1.0]) == (0.5, 0.5)
    assert weighed([-1.0, -2000.0]) == (1.0, 0.0)
    assert weighed([0.0, -1.0], temperature=1e6) == pytest.approx((0.5, 0.5), abs=1e-3)


def test_examples_are_a_function_of_seed_and_number():
    tokens = as_tokens(toy_generator().prompter, [Answer("gout", 0, 4, ("gout",), (1.0,))] * 7)
    some, others = Drawn(tokens, schedule(5), 1), Drawn(tokens, schedule(5), 1)
    assert [some[i] for i in range(len(some))] == [others[i] for i in range(len(others))]
    assert len(some) == 60


def test_answers_come_back_and_damage_is_named(tmp_path):
    path = tmp_path / "answers.jsonl.gz"
    some = [Answer("gout", 0, 4, ("gout", "mumps"), (0.75, 0.25))]
    assert write_answers(some, path) == 1
    assert list(read_answers(path)) == some
    for line in ("{}", "nonsense", json.dumps({"text": "gout", "start": 3, "end": 9, "names": ["a"], "weights": [1]})):
        with gzip.open(path, "wt") as file:
            file.write(line + "\n")
        with pytest.raises(CorpusError, match="line 1: no answer"):
            list(read_answers(path))
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(CorpusError):
        list(read_answers(path))


def test_no_answers_is_an_error(tmp_path):
    with pytest.raises(ConfigError, match="answered nothing"):
        Distillation([], tmp_path, SIZE, schedule(), toy_generator()).student()
