-- Assignments of one state that is not the last one, in the order of their ids: expired ones pile up before them.
create index assignments_by_state on assignments (state, id) where state <> 'expired';
