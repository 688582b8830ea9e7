module shapes
contains
  integer function twice(n)  ! hits 1 in shapes::twice
    integer, intent(in) :: n
    if (n > 100) then        ! hits 1
      twice = 0              ! hits 0
    else
      twice = 2 * n          ! hits 1
    end if
  end function twice
end module shapes

program main
  use shapes
  integer :: i, total
  total = 0                    ! hits 1
  do i = 1, 3                  ! hits 1
    total = total + twice(i)   ! hits 1
  end do
  if (total > 1000) then       ! hits 1
    stop 1                     ! hits 0
  end if
end program main
