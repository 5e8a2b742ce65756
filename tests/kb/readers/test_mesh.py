# ruff: noqa: E501  the tables are as wide as they are
"""MeSH as XML, as ASCII, as JSON lines and as columns."""

import gzip

import pytest

from angel_spacy.errors import KnowledgeBaseError
from angel_spacy.kb import Source, read_kb

DESC = """<?xml version="1.0"?>
<DescriptorRecordSet LanguageCode="eng">
<DescriptorRecord DescriptorClass="1"><DescriptorUI>D1</DescriptorUI><DescriptorName><String>Joint Diseases</String></DescriptorName>
<TreeNumberList><TreeNumber>C05.550</TreeNumber></TreeNumberList>
<ConceptList><Concept PreferredConceptYN="Y"><ConceptUI>M1</ConceptUI><TermList><Term><String>Joint Diseases</String></Term></TermList>
</Concept></ConceptList></DescriptorRecord>
<DescriptorRecord DescriptorClass="1"><DescriptorUI>D2</DescriptorUI><DescriptorName><String>Gout</String></DescriptorName>
<TreeNumberList><TreeNumber>C05.550.354</TreeNumber></TreeNumberList>
<ConceptList><Concept PreferredConceptYN="Y"><ConceptUI>M2</ConceptUI><ScopeNote>Crystals
 in joints.</ScopeNote><TermList><Term><String>Gout</String></Term><Term><String>Podagra</String></Term></TermList></Concept>
<Concept PreferredConceptYN="N"><ConceptUI>M3</ConceptUI><ScopeNote>no</ScopeNote><TermList><Term><String>Gouts</String></Term>
</TermList></Concept></ConceptList></DescriptorRecord>
<DescriptorRecord DescriptorClass="1"><DescriptorUI>D3</DescriptorUI><DescriptorName><String>Abattoirs</String></DescriptorName>
<TreeNumberList><TreeNumber>J01.1</TreeNumber></TreeNumberList><ConceptList/></DescriptorRecord>
</DescriptorRecordSet>
"""


SUPP = """<SupplementalRecordSet><SupplementalRecord SCRClass="3"><SupplementalRecordUI>C7</SupplementalRecordUI>
<SupplementalRecordName><String>Gout, Dwarf</String></SupplementalRecordName>
<HeadingMappedToList><HeadingMappedTo><DescriptorReferredTo><DescriptorUI>*D2</DescriptorUI></DescriptorReferredTo></HeadingMappedTo>
</HeadingMappedToList><ConceptList><Concept PreferredConceptYN="Y"><TermList><Term><String>Dwarf gout</String></Term></TermList>
</Concept></ConceptList></SupplementalRecord></SupplementalRecordSet>
"""


ASCII = """*NEWRECORD
RECTYPE = D
MH = Joint Diseases
MN = C05.550
UI = D1

*NEWRECORD
RECTYPE = D
MH = Gout
PRINT ENTRY = Podagra|T047|NON|EQV
ENTRY = Gouts
MN = C05.550.354
MS = Crystals in joints.
UI = D2

*NEWRECORD
RECTYPE = D
MH = Abattoirs
MN = J01.1
UI = D3

*NEWRECORD
RECTYPE = C
NM = Gout, Dwarf
HM = *Gout
SY = Dwarf gout|NLM
UI = C7
"""


@pytest.mark.parametrize("form", ["xml", "ascii"])
def test_mesh(tmp_path, form):
    if form == "xml":
        (tmp_path / "desc2025.xml.gz").write_bytes(gzip.compress(DESC.encode()))
        (tmp_path / "supp2025.xml").write_text(SUPP)
        paths = [tmp_path / "desc2025.xml.gz", tmp_path / "supp2025.xml"]
    else:
        (tmp_path / "d2025.bin").write_text(ASCII)
        paths = [tmp_path / "d2025.bin"]
    kb = read_kb("mesh", paths)
    gout, dwarf = kb["MESH:D2"], kb["C7"]
    assert (gout.name, gout.synonyms) == ("Gout", ("Podagra", "Gouts"))
    assert (gout.types, gout.parents, gout.definition) == (("Disease",), ("D1",), "Crystals in joints.")
    assert (dwarf.synonyms, dwarf.types, dwarf.parents) == (("Dwarf gout",), ("Disease",), ("D2",))
    assert (len(kb), kb.provenance.version) == (4, "2025")
    source = Source(*paths)
    assert len(read_kb("mesh", source, trees="C,F03", supplementary="no")) == 2
    assert source.skipped.counts == {"supplementary records": 1, "another branch of the tree": 1}


@pytest.mark.parametrize("content", ["<DescriptorRecordSet><Descr", "hello"])
def test_what_is_no_mesh_is_said(tmp_path, content):
    path = tmp_path / "x"
    path.write_text(content)
    with pytest.raises(KnowledgeBaseError, match=r"not the XML of MeSH|expected \*NEWRECORD"):
        read_kb("mesh", path)


def test_mesh_as_json_lines(tmp_path):
    path = tmp_path / "mesh_2025.jsonl"
    path.write_text(
        '{"id": "D1", "names": ["Gout", "Podagra"], "tree": ["C05.550"]}\n'
        '{"id": "D2", "names": ["Urate"], "tree": ["D03"]}\n'
        '{"id": "C7", "names": ["Dwarf gout"], "mapped_to": ["D1,D2"]}\n'
    )
    gout, urate, dwarf = read_kb("mesh", path).concepts
    assert (gout.names, gout.types, urate.types) == (("Gout", "Podagra"), ("Disease",), ("Chemical",))
    assert (dwarf.types, dwarf.parents) == (("Disease", "Chemical"), ("D1", "D2"))
    assert read_kb("mesh", path).provenance.version == "2025"
    path.write_text('{"id": "D1", "names": []}')
    with pytest.raises(KnowledgeBaseError, match="line 1: no record of MeSH"):
        read_kb("mesh", path)


def test_mesh_as_columns(tmp_path):
    one, two = tmp_path / "mesh_id_label_mappings.tsv", tmp_path / "mesh_supp_id_label_mappings.tsv"
    one.write_text("D000001\tGout\tPodagra|Gouts\tC05.550|C10\nD000002\tUrate\t\tD03\n")
    two.write_text("C000007\tDwarf gout\t\tD000001,D000002\n")
    gout, urate, dwarf = read_kb("mesh", [one, two]).concepts
    assert (gout.names, gout.types, urate.names) == (("Gout", "Podagra", "Gouts"), ("Disease",), ("Urate",))
    assert (dwarf.types, dwarf.parents) == (("Disease", "Chemical"), ("D000001", "D000002"))
