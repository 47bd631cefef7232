"""OCFL objects, copies, audit, repair, rebuild (资源总库)."""
