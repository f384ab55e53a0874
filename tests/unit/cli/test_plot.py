from attune.scoring.v1 import scoring_service_pb2 as api

from services.cli.plot import ascii_plot, svg_plot


def series() -> api.Series:
    found = api.Series(client_id="cl-1", instrument_id="attune-checkin", scale_min=0, scale_max=10)
    found.ratings.add(session_id="se-1", value=9.0)
    found.ratings.add(session_id="se-2", value=9.2)
    found.ratings.add(session_id="se-3")
    found.ratings.add(session_id="se-4", value=4.0, baseline=9.0, limit=7.5, alarm=True)
    return found


def test_the_plot_has_each_rating_in_its_session_and_the_alarm_marked() -> None:
    drawn = ascii_plot(series()).splitlines()
    assert drawn[0].startswith("   10.0 |")
    assert drawn[14].startswith("    0.0 |")
    columns = [
        {row[9 + 4 * index + 1] for row in drawn[:15] if len(row) > 10 + 4 * index} - {" "} for index in range(4)
    ]
    assert columns == [{"o"}, {"o"}, set(), {"X", "-", "."}]
    assert drawn[16].split() == ["1", "2", "3", "4"]


def test_a_series_of_one_value_without_a_scale_is_drawn() -> None:
    found = api.Series(client_id="cl-1", instrument_id="x")
    found.ratings.add(session_id="se-1", value=5.0)
    assert "o" in ascii_plot(found)
    assert "o" not in ascii_plot(api.Series()).splitlines()[7]


def test_svg_is_an_svg_document() -> None:
    drawn = svg_plot(series())
    assert drawn.startswith("<svg")
    assert "attune-checkin" in drawn
