"""How good the catalogue is: rules as data, scores by fonds, year and agency, lists of what fails."""
