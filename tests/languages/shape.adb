procedure Shape is
   package Shapes is
      function Twice (N : Integer) return Integer;
   end Shapes;
   package body Shapes is
      function Twice (N : Integer) return Integer is  -- hits 1 in shape.shapes.twice
      begin
         if N > 100 then     -- hits 1
            return 0;        -- hits 0
         end if;
         return 2 * N;       -- hits 1
      end Twice;
   end Shapes;
   Total : Integer := 0;     -- hits 1
begin
   for I in 1 .. 3 loop      -- hits 1
      Total := Total + Shapes.Twice (I);  -- hits 1
   end loop;
   if Total > 1000 then      -- hits 1
      raise Program_Error;   -- hits 0
   end if;
end Shape;
