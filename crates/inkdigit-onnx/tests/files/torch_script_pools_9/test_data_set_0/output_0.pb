
BoutputJPF€
¾ªZˆ¾~Áá½ÖS:=cØË=<`:¾¨kh=fU½™*>>uIˆ½ãÄ	¾“)Š¾ACÜ½f~C=EDÖ=£Ë:¾xg=²SR½_æ;>Ç3€½