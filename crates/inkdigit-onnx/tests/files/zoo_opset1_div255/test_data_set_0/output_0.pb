
BPlus214_Output_0J(Y—¡¾I!ß>tR>2dÔ=¾ÞT¿AAt¾²Ð>}«e>¼>P?ø<