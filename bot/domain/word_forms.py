"""What is the same word to a search: irregular forms, country names and their adjectives, regional names. Pure.

The tables are folded (see ``fold``). What a stemmer finds by itself needs no row.
"""

import re

# English forms that a stemmer does not bring together: all -> the first of the row.
_IRREGULAR = """
    begin began begun beginning | break broke broken | build built | buy bought | catch caught | child children | choose
    chose chosen choice | die died dies dying dead death deaths | drown drowned | elect elects elected electing election
    elections electoral reelected | explode explodes exploded exploding explosion explosions explosive | fall fell
    fallen | fight fought | find found | flee fled | fly flew flown flight flights | foot feet | freeze froze frozen |
    give gave given | grow grew grown growth | hang hung hanged | hold held | invade invades invaded invading invasion
    invasions | keep kept | know knew known | launch launches launched | lead led | leave left | lose lost loses losing
    loss losses defeat defeated | make made | man men | meet met meeting | destroy destroyed destroys destruction |
    marry married marries marriage wedding | pay paid | person people | rise rose risen | run ran | seize seized seizure
    | sell sold sale | send sent | shoot shot shoots shooting shootings | sink sank sunk sinks sinking | speak spoke
    spoken speech | steal stole stolen | strike struck strikes | swear swore sworn | take took taken | teach taught |
    think thought | throw threw thrown | win won wins winning winner winners victory | woman women | write wrote written
    | assassinate assassinated assassinates assassination assassinations assassin | erupt erupts erupted eruption
    eruptions | collide collides collided collision | expel expelled expulsion | decide decided decision | resign
    resigns resigned resignation | abolish abolishes abolished abolition | acquit acquits acquitted acquittal | detect
    detected detection | descend descent | extinct extinction | free freed freedom | independent independence | annex
    annexes annexed annexation | withdraw withdrew withdrawn withdraws withdrawal | succeed successor succession | high
    height | long length | strong strength | behead beheaded beheading | discover discovers discovered discovery
    discoveries | land lands landed landing landings | introduce introduced introduces introduction | separate
    separation | vaccinate vaccinated vaccination vaccinations vaccine vaccines | poison poisoned poisons poisoning |
    coronavirus covid corona | pandemic epidemic
"""
# Countries whose adjectives (and names of their people) differ from their names by more than an ending, and other ways
# to write them: all -> the first, which may be a word of its own.
_COUNTRIES = """
    usa united-states us america american americans united-states-of-america | uk united-kingdom britain great-britain
    british briton britons | ussr soviet-union soviet soviets | eu european-union | un united-nations | uae
    united-arab-emirates emirati emirates | afghanistan afghan afghans | algeria algerian algerians | argentina
    argentine argentinian argentines | armenia armenian armenians | australia australian australians | austria austrian
    austrians | azerbaijan azerbaijani azeri | bangladesh bangladeshi bangladeshis | belarus belarusian belarussian
    byelorussia | belgium belgian belgians | bolivia bolivian | bosnia bosnian bosniak bosnians | brazil brazilian
    brazilians | bulgaria bulgarian bulgarians | cambodia cambodian cambodians kampuchea | cameroon cameroonian | canada
    canadian canadians | chad chadian | chechnya chechen chechens | chile chilean chileans | china chinese prc |
    colombia colombian colombians | congo congolese | croatia croatian croat croats | cuba cuban cubans | cyprus cypriot
    cypriots | czech czechs czechia | czechoslovakia czechoslovak | denmark danish dane danes | egypt egyptian egyptians
    | england english englishman | estonia estonian estonians | ethiopia ethiopian ethiopians abyssinia | finland
    finnish finn finns | france french frenchman | georgia georgian georgians | germany german germans | ghana ghanaian
    | greece greek greeks | guatemala guatemalan | haiti haitian haitians | hungary hungarian hungarians | iceland
    icelandic icelander | india indian indians | indonesia indonesian indonesians | iran iranian iranians persia persian
    | iraq iraqi iraqis | ireland irish irishman | israel israeli israelis | italy italian italians | jamaica jamaican
    jamaicans | japan japanese | jordan jordanian | kazakhstan kazakh | kenya kenyan kenyans | korea korean koreans |
    kosovo kosovar | kurdistan kurdish kurd kurds | kuwait kuwaiti | kyrgyzstan kyrgyz | laos laotian | latvia latvian
    latvians | lebanon lebanese | liberia liberian | libya libyan libyans | lithuania lithuanian lithuanians | malaysia
    malaysian malaysians | mali malian | mexico mexican mexicans | moldova moldovan | mongolia mongolian | morocco
    moroccan moroccans | mozambique mozambican | myanmar burma burmese | nepal nepali nepalese | netherlands dutch
    holland dutchman | nicaragua nicaraguan | niger nigerien | nigeria nigerian nigerians | norway norwegian norwegians
    | pakistan pakistani pakistanis | palestine palestinian palestinians | panama panamanian | peru peruvian peruvians |
    philippines philippine filipino filipinos | poland polish pole poles | portugal portuguese | romania romanian
    romanians | russia russian russians | rwanda rwandan rwandans | saudi-arabia saudi saudis | scotland scottish scot
    scots | serbia serbian serb serbs | singapore singaporean | slovakia slovak slovaks | slovenia slovenian slovene |
    somalia somali somalis | south-africa south-african south-africans | spain spanish spaniard spaniards | sri-lanka
    sri-lankan ceylon | sudan sudanese | sweden swedish swede swedes | switzerland swiss | syria syrian syrians | taiwan
    taiwanese | tajikistan tajik | tanzania tanzanian | thailand thai thais siam | tibet tibetan tibetans | tunisia
    tunisian tunisians | turkey turkish turk turks turkiye | uganda ugandan | ukraine ukrainian ukrainians | uruguay
    uruguayan | uzbekistan uzbek | venezuela venezuelan venezuelans | vietnam vietnamese viet-nam | wales welsh | yemen
    yemeni yemenis | yugoslavia yugoslav yugoslavs | zambia zambian | zimbabwe zimbabwean rhodesia rhodesian | africa
    african africans | asia asian asians | europe european europeans
"""
# Other things that people write in several ways.
_OTHERS = """
    ww1 world-war-i first-world-war world-war-1 world-war-one wwi great-war | ww2 world-war-ii second-world-war
    world-war-2 world-war-two wwii | president president-elect presidential presidency presidents | condo
    condominium | ship vessel | plane aeroplane airplane aircraft airliner | atom atomic nuclear | football soccer |
    film movie | blocked blocks block blocking blockage | moon lunar | quake earthquake earthquakes quakes |
    olympics olympic olympiad | prime-minister premier | jail jailed prison imprisoned imprisonment | center centre
    | labor labour | color colour | defense defence | parliament parliamentary parliaments | constitution
    constitutional | industry industrial | colony colonies colonial | democracy democratic democracies | economy
    economic | politics political politician politicians | medicine medical | volcano volcanic volcanoes volcanos |
    science scientific scientist scientists | terror terrorism terrorist terrorists | crisis crises | race racial
    racism racist | protest protester protesters protests | refugee refugees
"""
# Chinese names that regions write in different ways, simplified: all -> the first of the row.
_CHINESE = """
    特朗普 川普 | 奥巴马 欧巴马 | 朝鲜 北韩 | 韩国 南韩 | 布什 布希 | 里根 雷根 | 肯尼迪 甘乃迪 | 克林顿 柯林顿 | 普京
    普丁 蒲亭 | 萨科齐 萨尔科齐 沙克吉 | 叶利钦 叶尔辛 | 戈尔巴乔夫 戈巴契夫 | 撒切尔 柴契尔 戴卓尔 | 布莱尔 贝理雅 布莱
    | 卡扎菲 格达费 | 萨达姆 海珊 | 本拉登 宾拉登 | 新西兰 纽西兰 | 沙特 沙乌地 | 老挝 寮国 | 意大利 义大利 | 悉尼 雪梨
    | 埃塞俄比亚 衣索比亚 | 肯尼亚 肯亚 | 尼日利亚 奈及利亚 | 津巴布韦 辛巴威 | 格鲁吉亚 乔治亚 | 克罗地亚 克罗埃西亚 |
    波黑 波士尼亚 | 也门 叶门 | 卡塔尔 卡达 | 迪拜 杜拜 | 科特迪瓦 象牙海岸 | 毛里求斯 模里西斯 | 厄瓜多尔 厄瓜多 |
    洪都拉斯 宏都拉斯 | 危地马拉 瓜地马拉 | 哥斯达黎加 哥斯大黎加 | 航天飞机 太空梭 | 航天员 宇航员 太空人 | 导弹 飞弹 |
    恐怖袭击 恐怖攻击 恐袭 袭击 | 地铁 捷运 | 奥运 奥运会 奥林匹克运动会 奥林匹克 | 迈克尔 麦可 米高 | 杰克逊 杰克森
    积逊 | 贝克汉姆 贝克汉 碧咸 | 奥斯卡 奥斯卡金像奖 | 去世 逝世 病逝 过世 辞世 | 当选 获选 胜选 胜出 赢得 获胜 取胜
    | 火山爆发
    火山喷发 | 遇刺 被刺 刺杀 暗杀 | 空难 坠机 坠毁 | 核试验 核试 核试爆 核爆 | 洪灾 洪水 水灾 水患 | 大地震 强震
    强烈地震
"""


def _rows(table: str) -> list[list[str]]:
    return [row.split() for row in table.split("|")]


_ROWS = [row for table in (_IRREGULAR, _COUNTRIES, _OTHERS) for row in _rows(table)]
# Single words, and the form that stands for each.
WORDS: dict[str, str] = {word: row[0].replace("-", "") for row in _ROWS for word in row if "-" not in word}
# Names of several words, by their first one: the longest come first.
PHRASES: dict[str, list[tuple[tuple[str, ...], str]]] = {}
for _row in _ROWS:
    for _word in _row:
        if "-" in _word:
            _parts = tuple(_word.split("-"))
            PHRASES.setdefault(_parts[0], []).append((_parts, _row[0].replace("-", "")))
for _phrases in PHRASES.values():
    _phrases.sort(key=lambda phrase: -len(phrase[0]))
# Chinese names, and the one that stands for each.
CHINESE: dict[str, str] = {word: row[0] for row in _rows(_CHINESE) for word in row[1:] if word != row[0]}

# Words of questions and small words, which say nothing about what is searched for; none that is a word to be looked
# for in another language (German war, die and mit, Spanish son).
_FILLERS = """
    a an the of in on at to for and or by with from as is are was were be been being did do does done has have had
    who whom whose what when where which why how happen happened happens that this these those it its there about
    many much der das dem ein eine einer und oder von vom zu zur zum im bei fur auf waren ist sind wurde wer wann wo
    warum wie welche welcher le les l une du de d et ou au aux en dans est sont etait qui que quoi quand comment
    pourquoi quel quelle el los las del al con por para fue fueron quien cuando donde cual
"""
FILLERS = frozenset(_FILLERS.split())
HAN_FILLERS = re.compile("什么时候|为什么|怎么样|是什么|发生了|什么|怎么|哪里|哪年|哪个|谁|何时|的|了|吗|呢|是|在")
