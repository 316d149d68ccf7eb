
BPlus214_Output_0J(cYP¾—¾¾Â¬s¾ÚBÂ=¾×r¾fFù¾ïi0>Qk†½º
¨¾em'>