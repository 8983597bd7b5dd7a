"""All attacks by name, each in one line: what it does, and what the attacker has to know.

For teaching and research: not audited. Nothing here is for systems or data that are not yours to
test.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """One line of the list.

    Parameters
    ----------
    name : str
        Of a function of the family's module, or of a poisoning attack.
    knows : str
        What the attacker has to know.
    does : str
    """

    name: str
    knows: str
    does: str


FAMILIES: dict[str, tuple[Entry, ...]] = {
    "poisoning": (
        Entry("flip_labels", "own rows", "trains on labels C - 1 - y"),
        Entry("relabel", "own rows", "calls one class another"),
        Entry("backdoor", "own rows", "plants a trigger, and replaces the model by its own"),
        Entry("flip_sign", "own update", "sends the opposite, longer"),
        Entry("gaussian", "own update", "sends noise"),
        Entry("constant", "own update", "sends one number everywhere"),
        Entry("not_a_number", "own update", "sends NaN"),
        Entry("zero", "own update", "sends zeros"),
        Entry("replay", "own update", "sends the update of its last round"),
        Entry("false_count", "own rows", "turns its labels, and claims a million of them"),
        Entry("free_rider", "own update", "sends noise as small as an update, for the model"),
        Entry("alie", "colluding or omniscient", "mu - z sigma, within the noise of the others"),
        Entry("ipm", "colluding or omniscient", "- epsilon mu, against the inner product"),
        Entry("flip_mean", "colluding or omniscient", "the mean turned round, and longer"),
        Entry("min_max", "omniscient", "as far as two honest updates are from each other"),
        Entry("mimic", "omniscient", "all copy one honest client"),
        Entry("searched", "omniscient and the rule", "the strength of alie or ipm that is worst"),
    ),
    "inference": (
        Entry("recover_rows", "an update", "divides training rows out of the first layer"),
        Entry("label_of", "a gradient", "reads the label of one row off the last bias"),
        Entry("label_counts", "a gradient", "counts the labels of a batch"),
        Entry("match_gradient", "a gradient and the model", "searches a row with that gradient"),
        Entry("missing_row", "the model and all rows but one", "solves for the last row"),
        Entry("gap_scores", "the model and a row", "a member is what the model gets right"),
        Entry("loss_scores", "the model and a row", "a member has a small loss"),
        Entry("lira_scores", "the model and rows like its own", "compares with shadow models"),
        Entry("infer_attribute", "the model, a row but one column", "guesses the column"),
        Entry("extract_logistic", "answers to d + 1 questions", "copies a logistic regression"),
        Entry("fgsm", "the model and a row", "changes the row a little, and it is misread"),
    ),
    "secure aggregation": (
        Entry("open_neighbour", "a graph with a low threshold", "opens a victim by two stories"),
        Entry("smallest_sum", "the masks that are open", "says what the server can add up"),
        Entry("search_seeds", "a mask from a small seed", "tries every seed"),
        Entry("difference_of_rounds", "one mask in two rounds", "subtracts the two vectors"),
        Entry("shape_under_a_scalar", "one number as the mask", "reads all differences"),
        Entry("take_away_pair_masks", "a late vector, no self mask", "subtracts the pair masks"),
        Entry("ask_for_both", "clients that answer two lists", "asks for both secrets of one"),
        Entry("isolate_by_model", "clients that bind no model", "sends others another model"),
        Entry("isolate_by_plan", "clients that bind no plan", "lets others train nothing"),
        Entry("split_views", "clients that sign nothing", "tells each of other survivors"),
        Entry("with_replay", "signatures without keys", "shows those of an earlier run"),
        Entry("crossed_views", "signatures of own keys alone", "crosses the keys of two runs"),
    ),
}
"""The attacks by family."""
