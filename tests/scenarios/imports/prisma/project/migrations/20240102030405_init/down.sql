-- DropTable
DROP TABLE "Post";

-- DropTable
DROP TABLE "User";
