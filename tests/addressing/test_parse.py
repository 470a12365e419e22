"""Reading addresses: labelled ones, forms of one address, bad input, real registers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from addressing.cities import CityReader
from addressing.format import write
from addressing.lexicon import Lexicon, Name
from addressing.parse import PROBLEMS, Parser, require_address
from addressing.resources import load_grammar, make_parser
from addressing.text import LONGEST
from cim.errors import InputError
from tests.addressing.making import elements_of, parser_of, read
from tests.addressing.vectors import BLIND, CITIES, FRESH, faults, labelled

WENSAN = Lexicon.of([Name("文三路", "road"), Name("文二路", "road")], complete=["road"])


@pytest.mark.parametrize(("text", "want"), list(labelled()), ids=lambda value: str(value)[:30])
def test_a_labelled_address_is_read_as_labelled(text: str, want: list[tuple[str, str]]) -> None:
    assert not faults(want, elements_of(parser_of().parse(text)))


@pytest.mark.parametrize(("file", "least"), [(CITIES, 0.92), (FRESH, 0.9), (BLIND, 0.97)])
def test_most_addresses_of_all_forms_are_read_wholly_as_labelled(file: str, least: float) -> None:
    reader = CityReader()
    rows = list(labelled(file))
    wrong = [text for text, want in rows if faults(want, elements_of(reader.read(text)[0]))]
    assert len(wrong) <= len(rows) * (1 - least), wrong


def test_there_are_enough_labelled_addresses_and_no_two_are_the_same() -> None:
    texts = [text for text, _ in labelled()]
    assert len(set(texts)) == len(texts) >= 150


@pytest.mark.parametrize(
    "texts",
    [
        ("文三路259号3幢2单元501室", "文三路259号3栋2单元501", "文三路２５９号3号楼二单元501户"),
        ("文三路259号3-2-501", "文三路259号3座2门501房", "文三路 259号 3# 2单元 501室"),
        ("阳光小区12幢", "陽光小區１２棟", "阳光小区十二号楼", "阳光小区12#楼"),
        ("文三路28号之2", "文三路28之2号", "文三路28-2号", "文三路28号-2"),
        ("解放路1号负一层", "解放路1号地下一层", "解放路1号B1", "解放路1号-1层", "解放路1号-1F"),
        ("人民路甲12号", "人民路12号甲", "人民路12甲号"),
        ("文三路259号2楼", "文三路259号二层", "文三路259号2F", "文三路259号第2层"),
        ("杭州市西湖区文三路259号", "杭州市文三路259号西湖区", "文三路259号，西湖区，杭州市"),
        (
            "杭州市西湖区文三路259号",
            "杭州西湖区文三路259號",
            "杭州市西湖區文三路259号（近学院路）",
        ),
        ("北京市东城区东四北大街1号", "北京东城东四北大街1号"),
        ("文三路1号商铺12号", "文三路1号12号商铺"),
        ("文三路1号首层", "文三路1号1层"),
        ("文三路1号1至2层", "文三路1号1-2层"),
        ("浙江省杭州市西湖区文三路1号", "浙江-杭州-西湖区-文三路1号", "浙江/杭州/西湖/文三路1号"),
        ("文三路1号2单元1809室之二", "文三路1号2单元1809室-2", "文三路1号2单元1809-2"),
    ],
)
def test_all_ways_to_write_one_address_have_one_canonical_text(texts: tuple[str, ...]) -> None:
    assert len({parser_of().parse(text).canonical for text in texts}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("文三路12号院3号楼", "文三路12号3号楼"),
        ("文三路12弄3号", "文三路12巷3号"),
        ("文三路12号附2", "文三路12号之2"),
        ("人民路特1号", "人民路1号"),
        ("人民路临1号", "人民路特1号"),
        ("解放路1号B1层", "解放路1号1层"),
        ("东方花园二期3幢", "东方花园二区3幢"),
        ("文三路3号", "文路三3号"),
        ("东方花园8排3号", "东方花园9排3号"),
        ("胜利街三委2组", "胜利街四委2组"),
        ("文三路1号商服3号", "文三路1号3室"),
    ],
)
def test_different_addresses_keep_different_canonical_texts(one: str, other: str) -> None:
    assert parser_of().parse(one).canonical != parser_of().parse(other).canonical


def test_a_sub_number_behind_its_unit_word_is_another_door_in_taiwan_only() -> None:
    behind, before = "中山路99號之5", "中山路99之5號"
    assert read(behind, "taiwan")["number"] == "99号-5"
    assert read(before, "taiwan")["number"] == "99-5"
    parser = parser_of("taiwan")
    assert parser.parse(behind).canonical == "中山路99号-5"
    assert parser.parse(before).canonical == "中山路99-5号"
    assert read(behind)["number"] == read(before)["number"] == "99-5"


def test_attached_numbers_are_sub_numbers_where_the_city_says_so() -> None:
    assert read("洪湖西路26号附3号")["number"] == "26附3"
    assert read("洪湖西路26号附3号", "chongqing")["number"] == "26-3"


def test_a_number_inside_an_alley_is_a_building_in_cities_of_the_shanghai_type() -> None:
    text = "上海市徐汇区漕溪北路1000弄15号501室"
    assert read(text)["number"] == "15"
    assert read(text, "shanghai") == {
        "province": "上海市",
        "county": "徐汇区",
        "road": "漕溪北路",
        "alley": "1000",
        "building": "15",
        "room": "501",
    }


def test_taiwan_addresses_are_read_to_the_floor_and_its_sub_number() -> None:
    address = parser_of("taiwan").parse("臺南市永康區王行里6鄰中山路二段143巷28弄9號四樓之1")
    assert elements_of(address)[2:] == [
        ("community", "王行里"),
        ("group", "6"),
        ("road", "中山路"),
        ("section", "2"),
        ("lane", "143"),
        ("alley", "28"),
        ("number", "9"),
        ("floor", "4"),
        ("room", "1"),
    ]


@pytest.mark.parametrize(
    "text",
    ["广东路12号", "山西路8号", "上海市黄浦区福建中路188号", "南京市鼓楼区北京西路72号"],
)
def test_a_street_named_after_a_province_is_a_street(text: str) -> None:
    found = read(text)
    assert found["road"] in {"广东路", "山西路", "福建中路", "北京西路"}
    assert "广东" not in found.get("province", "")


@pytest.mark.parametrize(
    ("text", "estate"),
    [("黄浦区小区3栋", "黄浦区小区"), ("静安府5号楼", "静安府"), ("海淀花园3幢", "海淀花园")],
)
def test_an_estate_named_after_a_district_is_an_estate(text: str, estate: str) -> None:
    found = parser_of().parse(text)
    assert elements_of(found)[0] == ("estate", estate)
    assert not found.division_codes


def test_a_street_that_a_complete_lexicon_does_not_know_is_kept_as_unparsed() -> None:
    parser = Parser(load_grammar(), WENSAN)
    found = parser.parse("文一路259号")
    assert [(one.text, one.hint) for one in found.rest] == [("文一路", "road")]
    assert elements_of(found) == [("number", "259")]
    assert elements_of(parser.parse("文三路259号"))[0] == ("road", "文三路")


def test_text_that_looks_like_nothing_is_kept_as_unparsed_and_not_guessed() -> None:
    found = parser_of().parse("天山大地88号")
    assert [(one.text, one.hint, one.start, one.end) for one in found.rest] == [
        ("天山大地", "", 0, 4)
    ]
    assert found.problems == ("unparsed",)


def test_of_two_addresses_in_one_field_the_first_is_read_and_the_other_told() -> None:
    for text in ("中山路1号；人民路2号", "中山路1号人民路2号", "中山路1号 西湖区人民路2号"):
        found = parser_of().parse(text)
        assert "two_addresses" in found.problems
        assert elements_of(found) == [("road", "中山路"), ("number", "1")]
        assert found.others[0].endswith("人民路2号")
        assert found.rest_text == found.others[0]


def test_only_a_city_is_told_so() -> None:
    found = parser_of().parse("杭州市")
    assert found.problems == ("divisions_only",)
    assert found.division_codes == ("3301",)


def test_one_name_of_several_districts_gives_all_their_codes() -> None:
    found = parser_of().parse("朝阳区")
    assert "ambiguous" in found.problems
    assert set(found.division_codes) == {"110105", "220104"}
    assert parser_of("mainland", "1101").parse("朝阳区").division_codes == ("110105",)


def test_a_district_of_another_city_is_a_contradiction() -> None:
    found = parser_of().parse("杭州市朝阳区文三路1号")
    assert found.problems == ("contradiction",)
    assert found.division_codes == ("3301",)


@pytest.mark.parametrize(
    ("text", "today"),
    [
        ("北京市密云县溪翁庄镇", "密云区"),
        ("浙江省绍兴县柯桥街道", "柯桥区"),
        ("广西柳州市融水县融水镇", "融水苗族自治县"),
        ("合肥市高新区望江西路", "合肥高新技术产业开发区"),
        ("内蒙古通辽市科左后旗", "科尔沁左翼后旗"),
    ],
)
def test_old_and_local_names_lead_to_the_division_of_today(text: str, today: str) -> None:
    assert read(text)["county"] == today


def test_a_division_told_twice_is_an_element_once_and_its_place_is_told() -> None:
    found = parser_of().parse("杭州市杭州市西湖区文三路1号")
    assert [one.type for one in found.elements] == ["city", "county", "road", "number"]
    assert [(one.start, one.end, one.rule) for one in found.noise] == [(3, 6, "repeated")]


def test_a_note_that_is_part_of_a_known_name_is_read_with_it() -> None:
    names = [Name("安达商场(北翼)", "poi", "N"), Name("安达商场(南翼)", "poi", "S")]
    parser = Parser(load_grammar(), Lexicon.of(names))
    assert parser.parse("安翠街3号安达商场（北翼）").elements[-1].code == "N"
    assert parser.parse("安翠街3号安达商场").elements[-1].code == ""
    assert parser.parse("安翠街3号安达商场（近地铁）").elements[-1].value == "安达商场"


def test_a_merged_district_is_read_as_the_one_it_is_part_of() -> None:
    element = parser_of().parse("北京市宣武区广安门内大街6号").elements[1]
    assert (element.text, element.value, element.code) == ("宣武区", "西城区", "110102")


@pytest.mark.parametrize("text", ["", "   ", "\n\t", "😀🎉", "\x00\x07", "，。；", "（）"])
def test_text_without_an_address_is_empty(text: str) -> None:
    found = parser_of().parse(text)
    assert found.problems == ("empty",)
    assert found.canonical == ""
    with pytest.raises(InputError, match="is empty"):
        require_address(found)


def test_ten_kilobytes_of_text_are_refused_as_a_whole() -> None:
    found = parser_of().parse("文三路1号" * 1000)
    assert found.problems == ("too_long",)
    assert found.elements == ()
    with pytest.raises(InputError, match=f"has 5000 characters; legal: at most {LONGEST}"):
        require_address(found)


def test_emoji_and_control_characters_inside_do_not_matter() -> None:
    found = parser_of().parse("🏠文三路\x00259号\u200b")
    assert elements_of(found) == [("road", "文三路"), ("number", "259")]
    assert [(one.start, one.end) for one in found.elements] == [(1, 4), (5, 9)]


def test_spans_are_places_in_the_original_text() -> None:
    text = "收件人：张三，杭州市 西湖區 文三路２５９号（近学院路） 13800138000"
    found = parser_of().parse(text)
    assert [(e.type, e.value, text[e.start : e.end]) for e in found.elements] == [
        ("city", "杭州市", "杭州市"),
        ("county", "西湖区", "西湖區"),
        ("road", "文三路", "文三路"),
        ("number", "259", "２５９号"),
    ]
    assert {one.rule for one in found.noise} == {"recipients", "brackets", "phones"}
    assert all(element.text == text[element.start : element.end] for element in found.elements)


@given(st.text(max_size=60))
def test_no_text_breaks_the_parser(text: str) -> None:
    found = parser_of("taiwan").parse(text)
    assert set(found.problems) <= set(PROBLEMS)
    ends = [0]
    for element in found.elements:
        assert text[element.start : element.end] == element.text
        assert element.value
        ends.append(element.end)
    assert ends == sorted(ends)


@pytest.mark.parametrize("text", [text for text, _ in labelled()])
def test_what_is_written_from_an_address_is_read_as_the_same(text: str) -> None:
    parser = parser_of()
    found = parser.parse(text)
    written = write(found.elements, parser.grammar.profile)
    again = parser.parse(written)
    assert again.canonical == found.canonical
    assert sorted(elements_of(again)) == sorted(elements_of(found))


def test_a_name_with_digits_is_known_by_all_its_characters() -> None:
    names = [Name("798艺术区", "estate", "E1"), Name("93 WYS", "poi", "P1")]
    parser = Parser(load_grammar(), Lexicon.of(names))
    assert parser.parse("酒仙桥路4号798艺术区").elements[-1].code == "E1"
    assert parser.parse("酒仙桥路4号751艺术区").elements[-1].code == ""
    assert parser.parse("偉業街93號93 WYS").elements[-1].code == "P1"


@pytest.mark.parametrize(
    ("text", "number", "behind"),
    [
        ("人民路136号塔影苑1栋", "136", ("estate", "塔影苑")),
        ("人民路63号桥景苑1栋", "63", ("estate", "桥景苑")),
        ("人民路12号丁香花园1栋", "12", ("estate", "丁香花园")),
        ("人民路8号丁卯小区1栋", "8", ("estate", "丁卯小区")),
        ("人民路89号辛店社区小区1栋", "89", ("estate", "辛店社区小区")),
        ("人民路153号房管局宿舍1栋", "153", ("estate", "房管局宿舍")),
        ("人民路191号档案局宿舍1栋", "191", ("estate", "档案局宿舍")),
    ],
)
def test_an_estate_may_begin_like_the_end_of_a_number(
    text: str, number: str, behind: tuple[str, str]
) -> None:
    found = elements_of(parser_of().parse(text))
    assert found == [("road", "人民路"), ("number", number), behind, ("building", "1")]


@pytest.mark.parametrize(
    ("text", "community", "hamlet"),
    [
        ("白云村下张35号", "白云村", "下张"),
        ("白云村5组新屋12号", "白云村", "新屋"),
        ("白云村下张5组", "白云村", "下张"),
    ],
)
def test_a_hamlet_stands_between_its_village_and_a_door(
    text: str, community: str, hamlet: str
) -> None:
    found = parser_of().parse(text)
    assert not found.rest
    assert elements_of(found)[0] == ("community", community)
    assert ("natural_village", hamlet) in elements_of(found)


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("濮阳县柳屯镇", ("county", "濮阳县", "township", "柳屯镇")),
        ("芒市勐焕街道", ("county", "芒市", "township", "勐焕街道")),
        ("芒市芒市镇", ("county", "芒市", "township", "芒市镇")),
        ("湘西自治州凤凰县", ("city", "湘西土家族苗族自治州", "county", "凤凰县")),
    ],
)
def test_a_town_has_its_own_name_though_statistics_add_the_county(
    text: str, own: tuple[str, ...]
) -> None:
    found = elements_of(parser_of().parse(text))
    assert tuple(part for one in found for part in one) == own


@pytest.mark.parametrize("village", ["官庄村", "官庄村村委会", "官庄村村民委员会"])
def test_a_village_is_known_however_its_committee_is_written(village: str) -> None:
    parser = make_parser("mainland", ["410329"])
    found = parser.parse(f"伊川县江左镇{village}8组25号").elements[2]
    assert (found.value, found.code[:9]) == ("官庄村", "410329105")


def test_a_village_of_that_name_in_another_town_is_no_contradiction() -> None:
    found = make_parser("mainland", ["4103"]).parse("洛宁县兴华镇官庄村25号")
    assert found.problems == ()
    assert ("community", "官庄村") in elements_of(found)


def test_villages_of_a_district_are_known_by_their_usual_names() -> None:
    parser = make_parser("mainland", ["330106"])
    found = parser.parse("西湖区古荡街道嘉绿苑社区文二西路11号").elements[2]
    assert (found.name, found.code[:9]) == ("嘉绿苑社区", "330106007")


@pytest.mark.parametrize(
    ("profile", "text", "values"),
    [
        ("taiwan", "民生路86號八樓-8", ("民生路", "86", "8", "8")),
        ("taiwan", "民生路86號3樓-2", ("民生路", "86", "3", "2")),
        ("mainland", "文三路20号3号楼-2-501", ("文三路", "20", "3", "2", "501")),
        ("mainland", "文三路-20号", ("文三路", "20")),
    ],
)
def test_a_hyphen_between_elements_only_parts_them(
    profile: str, text: str, values: tuple[str, ...]
) -> None:
    found = make_parser(profile).parse(text)
    assert tuple(one.value for one in found.elements) == values
    assert found.rest == ()
    assert found.problems == ()
