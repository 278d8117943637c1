create table "t"("a" int not null,`b` text /* b */,check(A>0 and b<>'X'),unique([a],b));
