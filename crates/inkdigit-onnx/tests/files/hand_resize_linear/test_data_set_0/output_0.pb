
BlogitsJP)ó"¾W§½óSi½{k¾V`>Z$†½8ˆ“>ÇMR=.H+=pz¬½S®"¾RÝM½}„½QJK¾¢…Z>`Æq»Ð™>º„¨=¬œç=gÄ©½