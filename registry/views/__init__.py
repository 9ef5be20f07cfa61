"""Pages of the site itself, and pages that show actors and acts."""
