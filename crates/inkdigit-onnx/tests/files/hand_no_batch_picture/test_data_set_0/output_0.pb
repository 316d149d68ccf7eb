
BlogitsJ(†iΔΎqΓ;?ϋ#Ώ%>H>Kζ”>ΉSO?Δ?¥‘bΏYθύ> Ό½