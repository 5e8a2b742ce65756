"""A file of Knowtator, made by hand."""


def knowtator(path, source, *spans):
    path.parent.mkdir(parents=True, exist_ok=True)
    places = "".join(f'<span start="{start}" end="{end}"/>' for start, end in spans)
    path.write_text(f'<annotations textSource="{source}"><annotation>{places}</annotation></annotations>')
