"""Generates words, names and topics that look like news, from a seed. Pure."""

import random
from collections.abc import Callable, Sequence
from itertools import accumulate

import opencc

from bot.domain.text import fold

# The most frequent words of real headlines; those with the longest lists in a search index are among them.
_COMMON = (
    "the of in and to a at for on by is from with are as after that people his its an it killed president has "
    "government were be have police was their says minister least new national forces one dead their state kills "
    "military over against during attack court will who first two more united prime city officials country south "
    "north party election president's leader former troops near security world today international between into "
    "died three bomb million killing announces fire army group under war about civil workers capital crash injured "
    "court's charges rebels storm earthquake flight suspected victims talks nuclear parliament vote protest province "
    "claims company report supreme agreement border hospital found wins year which arrested launches town oil general "
    "soldiers been opposition province's market bank missing ministers week economic attacks airport aid trade human "
    "rights food water school students virus cup team final record space station launch health foreign region crisis"
)
_COMMON_ZH = (
    "政府 总统 国际 中国 美国 日本 人民 总理 表示 宣布 警方 死亡 地震 香港 台湾 北京 "
    "俄罗斯 选举 会议 国家 军队 部长 经济 公司 事件 爆炸 袭击 首都 法院 举行 全国 社会 "
    "发生 造成 受伤 飞机 地区 主席 联合 组织 发射 卫星 比赛 冠军 银行 病毒 医院 学生 "
    "大学 议会 抗议 示威 调查 逮捕 谈判 协议 核武 边境 难民 洪水 台风 火灾 失踪 航空 "
    "铁路 石油 市场 股票 新闻 记者"
)
_ONSETS = "b br c ch d dr f fl g gr h j k kh l m n p pr qu r s sh st t th tr v w y z"
_NUCLEI = "a a a e e i i o o u ai ea ia ou"
_CODAS = ("", "", "", "", "n", "r", "s", "l", "m", "t", "nd", "st")
_WORD_COUNT, _PAIR_COUNT, _NAME_COUNT = 40_000, 12_000, 20_000
# The flatness of the beginning, and the slope, of the long tail of words.
_SHIFT, _SLOPE = 2.7, 1.05
_FIRST_YEAR, _YEARS = 1999, 28

_TOPICS: tuple[Callable[[random.Random, Sequence[str]], str], ...] = (
    lambda rng, names: rng.choice(names),
    lambda rng, names: f"{rng.choice(names)} {rng.choice(names)}",
    lambda rng, names: f"{rng.choice(names)} {rng.choice(names)}",
    lambda rng, names: f"{rng.choice(names)} {rng.choice(names)} {rng.choice(names)}",
    lambda rng, names: f"{rng.choice(names)} Civil War",
    lambda rng, names: f"{_year(rng)} {rng.choice(names)} earthquake",
    lambda rng, names: f"{_year(rng)} {rng.choice(names)} general election",
    lambda rng, names: f"University of {rng.choice(names)}",
    lambda rng, names: f"Battle of {rng.choice(names)} ({_year(rng)})",
    lambda rng, names: f"International {rng.choice(names)} {rng.choice(('Agency', 'Union', 'Organization'))}",
    lambda rng, names: f"{rng.choice(names)} Party of {rng.choice(names)}",
    lambda rng, names: f"President of {rng.choice(names)}",
)
_ENDINGS_ZH = ("", "", "", "战争", "选举", "大学", "国家队", "地震", "总统", "公司", "国际机场", "人民党")


def _year(rng: random.Random) -> int:
    return _FIRST_YEAR + rng.randrange(_YEARS)


class Vocabulary:
    """The words and names that texts consist of; the same seed gives the same ones."""

    def __init__(self, seed: int) -> None:
        rng = random.Random(f"{seed} words")  # noqa: S311  (no secret)
        invented: dict[str, None] = {}
        while len(invented) < _WORD_COUNT:
            invented["".join(_syllable(rng) for _ in range(rng.choice((1, 2, 2, 3))))] = None
        self.english = tuple(dict.fromkeys([*_COMMON.split(), *invented]))
        # The 3,755 characters in daily use, which GB 2312 lists first.
        signs = [bytes((high, low)).decode("gb2312") for high in range(0xB0, 0xD7) for low in range(0xA1, 0xFF)]
        pairs = {rng.choice(signs) + rng.choice(signs): None for _ in range(_PAIR_COUNT)}
        self.chinese = tuple(dict.fromkeys([*_COMMON_ZH.split(), *pairs]))
        self.traditional = tuple(opencc.OpenCC("s2t").convert("\n".join(self.chinese)).split("\n"))
        names = {"".join(_syllable(rng) for _ in range(rng.choice((2, 2, 3)))): None for _ in range(_NAME_COUNT)}
        self.names = tuple(name.capitalize() for name in names)
        self._english_weights, self._chinese_weights = _weights(len(self.english)), _weights(len(self.chinese))

    def text(self, rng: random.Random, count: int) -> list[str]:
        """Return ``count`` English words, common ones often."""
        return rng.choices(self.english, cum_weights=self._english_weights, k=count)

    def chinese_text(self, rng: random.Random, count: int, *, traditional: bool) -> list[str]:
        """Return ``count`` Chinese words of two characters."""
        words = self.traditional if traditional else self.chinese
        return rng.choices(words, cum_weights=self._chinese_weights, k=count)

    def topics(self, rng: random.Random, count: int, *, chinese: bool) -> list[str]:
        """Return ``count`` names of topics, all different when folded."""
        topics: dict[str, str] = {}
        while len(topics) < count:
            if chinese:
                words = rng.choices(self.chinese, k=rng.choice((1, 1, 2, 2, 3)))
                name = "".join(words) + rng.choice(_ENDINGS_ZH)
            else:
                name = rng.choice(_TOPICS)(rng, self.names)
            topics.setdefault(fold(name), name)
        return list(topics.values())


def _syllable(rng: random.Random) -> str:
    return rng.choice(_ONSETS.split()) + rng.choice(_NUCLEI.split()) + rng.choice(_CODAS)


def _weights(count: int) -> list[float]:
    return list(accumulate(1 / (rank + _SHIFT) ** _SLOPE for rank in range(count)))
