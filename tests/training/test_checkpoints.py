from angel_spacy.training.checkpoints import newest_checkpoint


def test_a_checkpoint_that_was_not_written_to_its_end_is_no_checkpoint(tmp_path):
    assert newest_checkpoint(tmp_path / "absent") is None
    for step, whole in ((9, True), (10, True), (200, False)):
        folder = tmp_path / f"checkpoint-{step}"
        folder.mkdir()
        if whole:
            (folder / "trainer_state.json").write_text("{}")
    assert newest_checkpoint(tmp_path) == tmp_path / "checkpoint-10"


def test_a_checkpoint_whose_state_is_cut_short_is_no_checkpoint(tmp_path):
    for step, state in ((5, "{}"), (6, '{"global_')):
        (tmp_path / f"checkpoint-{step}").mkdir()
        (tmp_path / f"checkpoint-{step}" / "trainer_state.json").write_text(state)
    assert newest_checkpoint(tmp_path) == tmp_path / "checkpoint-5"
