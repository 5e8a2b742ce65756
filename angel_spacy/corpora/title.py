"""Where the title of a text ends."""


def parted(text: str, end: object) -> tuple[str, str]:
    """Title and abstract of a text whose title is said to end at `end`; no title unless one space joins the two, as in
    `Article.text`."""
    if end == len(text):
        return text, ""
    if type(end) is int and 0 < end < len(text) - 1 and text[end] == " ":
        return text[:end], text[end + 1 :]
    return "", text
