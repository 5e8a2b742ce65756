"""What of a text stands around a mention."""


def context_window(text: str, start: int, end: int, n_words: int) -> tuple[str, str]:
    """Left and right context of `text[start:end]`: half of `n_words` a side, unused budget to the other side."""
    # Only a stretch that surely holds enough words is split: a long document costs no more than a short one.
    reach = 40 * n_words + 200
    left = text[max(0, start - reach) : start].split()
    right = text[end : end + reach].split()
    half = n_words // 2
    n_left = min(len(left), max(half, n_words - len(right)))
    n_right = min(len(right), n_words - n_left)
    return " ".join(left[len(left) - n_left :]), " ".join(right[:n_right])
