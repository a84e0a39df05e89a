from mnist_bench.training.styles.templates import Style
from tools import style_sheets


def test_a_sheet_shows_a_style_and_other_hands_of_it() -> None:
    sheet = style_sheets.style_sheet([Style(1, "plain", (((0.5, 0.0), (0.5, 1.0)),))], 0.7)
    name, drawn = sheet.crop((0, 0, 190, 44)), sheet.crop((190, 0, sheet.width, 44))
    assert name.getbbox()
    tiles = [drawn.crop((left, 0, left + 44, 44)) for left in range(0, drawn.width, 44)]
    assert len({tile.tobytes() for tile in tiles}) == len(tiles) == 8
    assert all(tile.getbbox() for tile in tiles)
