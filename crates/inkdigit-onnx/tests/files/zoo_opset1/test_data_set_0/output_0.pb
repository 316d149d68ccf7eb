
BPlus214_Output_0J($3/A…A²ÎwA‚›é= çÁoèÀÂå@ÏfCA)š¯AŞ“­Á