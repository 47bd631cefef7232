"""The tree (全宗 → 类别 → 年度 → 案卷 → 件): opened at any depth, moved by the branch."""
