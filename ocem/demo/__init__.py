"""The demo company: exports with a known truth, imported like anyone's."""
