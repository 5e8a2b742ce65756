"""`python -m spacy angel ...`. Every spaCy command imports this module: what is heavy is imported inside commands."""

import typer
from spacy.cli._util import app as spacy_app

from .annotate import annotate
from .calibrate import calibrate
from .compare import compare
from .convert import convert_checkpoint
from .corpus import corpus_app
from .corrections import corrections
from .demo import demo
from .distil import distil
from .evaluate import evaluate
from .kb import kb_app
from .serve import serve
from .train import train, train_encoder
from .view import view

__all__ = ["app"]

app = typer.Typer(
    name="angel",
    help="Link the entities of biomedical texts to the concepts of a knowledge base. Begin with: demo",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.command("demo")(demo)
app.command("annotate", no_args_is_help=True)(annotate)
app.command("view", no_args_is_help=True)(view)
app.command("serve", no_args_is_help=True)(serve)
app.command("evaluate", no_args_is_help=True)(evaluate)
app.command("compare", no_args_is_help=True)(compare)
app.command("calibrate", no_args_is_help=True)(calibrate)
app.command("corrections", no_args_is_help=True)(corrections)
app.command("train", no_args_is_help=True, context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(
    train
)
app.command(
    "train-encoder", no_args_is_help=True, context_settings={"allow_extra_args": True, "ignore_unknown_options": True}
)(train_encoder)
app.command("convert-checkpoint", no_args_is_help=True)(convert_checkpoint)
app.command("distil", no_args_is_help=True)(distil)
app.add_typer(kb_app)
app.add_typer(corpus_app)

spacy_app.add_typer(app)
