# ruff: noqa: E501  the tables are as wide as they are
"""SNOMED CT, genes, organisms, chemicals and lexica, each in a few lines made by hand."""

import pytest
from small import write

from angel_spacy.errors import KnowledgeBaseError
from angel_spacy.kb import Source, read_kb


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


def test_what_has_no_name_is_left_out_and_told(tmp_path):
    taxonomy, snomed = tmp_path / "taxonomy", tmp_path / "snomed"
    taxonomy.mkdir()
    snomed.mkdir()
    write(
        taxonomy,
        nodes__dmp="1\t|\t1\t|\tno rank\t|\n9605\t|\t1\t|\tgenus\t|\n",
        names__dmp="9605\t|\t\t|\t\t|\tscientific name\t|\n1\t|\troot\t|\t\t|\tscientific name\t|\n",
    )
    source = Source(taxonomy)
    assert [one.concept_id for one in read_kb("ncbi-taxonomy", source).concepts] == ["1"]
    assert source.skipped.counts == {"names that are empty": 1}
    (snomed / "sct2_Concept_Snapshot_INT_1.txt").write_text("id\tactive\n1\t1\n2\t1\n")
    (snomed / "sct2_Relationship_Snapshot_INT_1.txt").write_text("active\tsourceId\tdestinationId\ttypeId\n")
    (snomed / "sct2_Description_Snapshot-en_INT_1.txt").write_text(
        "id\tactive\tconceptId\tlanguageCode\ttypeId\tterm\n"
        "11\t1\t1\ten\t900000000000013009\tGout\n12\t1\t2\ten\t900000000000013009\t\n"
    )
    source = Source(snomed)
    assert [one.name for one in read_kb("snomed", source).concepts] == ["Gout"]
    assert source.skipped.counts == {"concepts without a description in this language": 1}


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


def test_rows_that_say_too_little_are_left_out(tmp_path):
    unii = tmp_path / "UNII_Names.txt"
    unii.write_text("Name\tTYPE\tUNII\tDisplay Name\nX\tcd\tA1\t\nGout\tcn\tA2\tGOUT\n")
    assert [one.concept_id for one in read_kb("unii", unii).concepts] == ["A2"]
    drugs = tmp_path / "drugbank vocabulary.csv"
    drugs.write_text("DrugBank ID,Accession Numbers,Common name,CAS,UNII,Synonyms\nDB1,,Aspirin,,,\nDB2\n")
    assert [one.name for one in read_kb("drugbank-open", drugs).concepts] == ["Aspirin"]
