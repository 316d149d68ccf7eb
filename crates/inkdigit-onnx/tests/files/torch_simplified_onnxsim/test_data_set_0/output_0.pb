
BoutputJPF€
¾«Zˆ¾|Áá½ÖS:=cØË==`:¾¨kh=fU½™*>>sIˆ½äÄ	¾“)Š¾ACÜ½f~C=EDÖ=£Ë:¾xg=³SR½`æ;>É3€½