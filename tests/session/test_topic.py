"""Topics: everybody hears every value, the newest one last."""

import pytest

from mnist_bench.session.inbox import Topic


def test_what_a_subscriber_publishes_comes_to_everybody_after_what_it_has_heard() -> None:
    topic: Topic[int] = Topic()
    heard: list[int] = []
    topic.subscribe(lambda value: topic.publish(value + 1) if value < 3 else None)
    topic.subscribe(heard.append)
    topic.publish(1)
    assert heard == [1, 2, 3]


def test_who_has_ended_the_subscription_hears_no_more() -> None:
    topic: Topic[int] = Topic()
    heard: list[int] = []
    end = topic.subscribe(heard.append)
    topic.publish(1)
    end()
    end()
    topic.publish(2)
    assert heard == [1]


def test_a_subscriber_that_fails_does_not_silence_the_topic() -> None:
    topic: Topic[int] = Topic()
    heard: list[int] = []
    topic.subscribe(lambda value: 1 // value)
    topic.subscribe(heard.append)
    with pytest.raises(ZeroDivisionError):
        topic.publish(0)
    topic.publish(5)
    assert heard == [5]
